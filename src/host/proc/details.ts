import { mountOf, PROC, readLink, readPiece, statPath } from './files.js';
import type { Mapping } from './maps.js';
import { parseStat } from './parse-stat.js';
import { parseStatus } from './parse-status.js';

/** One thread's state letter, tracer and processors (the mask in hexadecimal); undefined when it has gone. */
export function readThread(
  pid: number,
  tid: number,
  proc = PROC,
):
  | { readonly tid: number; readonly state: string; readonly tracer: number; readonly processors: string }
  | undefined {
  const stat = readPiece(`${proc}/${pid}/task/${tid}/stat`);
  const status = readPiece(`${proc}/${pid}/task/${tid}/status`);
  const state = stat === undefined ? undefined : parseStat(stat)?.state;
  if (state === undefined || status === undefined) return undefined;
  const processors = /^Cpus_allowed:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return { tid, state, tracer: parseStatus(status).tracer, processors };
}

/** SCHED_* number (field 41 of stat): 0 other, 1 FIFO, 2 RR, 3 batch, 5 idle, 6 deadline; undefined when gone. */
export function readSchedulingPolicy(pid: number, tid = pid, proc = PROC): number | undefined {
  const text = readPiece(`${proc}/${pid}/task/${tid}/stat`);
  const cell = text
    ?.slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ')[41 - 3];
  return cell === undefined ? undefined : Number(cell);
}

/** The label that a security module (AppArmor, SELinux) gave the process; '' where there is no such module. */
export function readSecurityLabel(pid: number, proc = PROC): string {
  return (readPiece(`${proc}/${pid}/attr/current`) ?? '').replace(/[\0\n]+$/, '');
}

/** Whether this process has a capability in effect, by its number in linux/capability.h. */
export function hasCapability(bit: number, proc = PROC): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readPiece(`${proc}/self/status`) ?? '')?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n;
}

/** The working folder as a path in the process's own mount namespace, ` (deleted)` behind it where it is gone. */
export function readWorkingFolder(pid: number, proc = PROC): string | undefined {
  return readLink(`${proc}/${pid}/cwd`);
}

/** What a process takes for `/`, as a path in its mount namespace. */
export function readRootFolder(pid: number, proc = PROC): string | undefined {
  return readLink(`${proc}/${pid}/root`);
}

/** A mapped file and the bytes it takes on disk; undefined for one that still has a name, or when it has gone. */
export function readMappedFile(
  pid: number,
  mapping: Mapping,
  proc = PROC,
): { readonly path: string; readonly bytesOnDisk: number } | undefined {
  const stat = statPath(`${proc}/${pid}/map_files/${mapping.start}-${mapping.end}`);
  if (stat === undefined || stat.nlink > 0) return undefined;
  return { path: mapping.path, bytesOnDisk: stat.blocks * 512 };
}

/** The personality(2) of a process; 0 for the usual one. */
export function readPersonality(pid: number, proc = PROC): number {
  return Number.parseInt(readPiece(`${proc}/${pid}/personality`) ?? '0', 16);
}

/** The number of the mount that the program file of a process was started from; undefined when it has gone. */
export function readProgramMount(pid: number, proc = PROC): number | undefined {
  return mountOf(`${proc}/${pid}/exe`);
}

/** RLIMIT_AS in bytes; undefined for none. */
export function readAddressSpaceLimit(pid: number, proc = PROC): number | undefined {
  const soft = /^Max address space\s+(\d+)/m.exec(readPiece(`${proc}/${pid}/limits`) ?? '')?.[1];
  return soft === undefined ? undefined : Number(soft);
}
