import { PROC, readLink, readNames, readText } from './files.js';
import { isKernelThread, parseStat, type Stat } from './parse-stat.js';
import { parseStatus, type Status } from './parse-status.js';

/** One process (thread group) as it is now. */
export interface Process extends Stat, Status {
  /** Its arguments; empty for a zombie or kernel thread. */
  readonly commandLine: readonly string[];
  readonly kernelThread: boolean;
}

/** Everything in stat, status and cmdline; undefined when there is no such process (any more). */
export function readProcess(pid: number, proc = PROC): Process | undefined {
  const stat = readStat(pid, proc);
  if (stat === undefined) return undefined;
  const status = readText(`${proc}/${pid}/status`);
  if (status === undefined) return undefined;
  const commandLine = readText(`${proc}/${pid}/cmdline`) ?? '';
  return {
    ...stat,
    ...parseStatus(status),
    commandLine: splitCommandLine(commandLine),
    kernelThread: isKernelThread(stat),
  };
}

/** The cheap part alone: one small file. */
export function readStat(pid: number, proc = PROC): Stat | undefined {
  const text = readText(`${proc}/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** The PIDs of all processes (thread groups), ascending. */
export function listPids(proc = PROC): readonly number[] {
  return (readNames(proc) ?? [])
    .filter(name => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Every process with its stat, status and arguments, ascending by PID. Ones that end meanwhile are left out. */
export function listProcesses(proc = PROC): readonly Process[] {
  return listPids(proc).flatMap(pid => readProcess(pid, proc) ?? []);
}

/** The thread IDs of a process, ascending, the main thread's included. */
export function listThreads(pid: number, proc = PROC): readonly number[] {
  return (readNames(`${proc}/${pid}/task`) ?? []).map(Number).sort((a, b) => a - b);
}

/** The program file, as a path in that process's mount namespace; `undefined` for kernel threads and zombies. */
export function readProgram(pid: number, proc = PROC): string | undefined {
  return readLink(`${proc}/${pid}/exe`);
}

function splitCommandLine(text: string): readonly string[] {
  if (text === '') return [];
  return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
}
