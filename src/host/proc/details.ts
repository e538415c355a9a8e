import { mountOf, PROC, readLink, readNames, readPiece, readText, statPath } from './files.js';
import type { Mapping } from './maps.js';
import { parseStat } from './parse-stat.js';
import { parseStatus } from './parse-status.js';

export interface Thread {
  readonly tid: number;
  /** As in stat: R, S, D… */
  readonly state: string;
  readonly tracer: number;
  /** The processors that it may use, as a mask in hexadecimal. */
  readonly processors: string;
  /** SCHED_* number: 0 other, 1 FIFO, 2 RR, 3 batch, 5 idle, 6 deadline. */
  readonly schedulingPolicy: number;
  /** 1 to 99 for FIFO and RR, 0 for the others. */
  readonly realTimePriority: number;
}

/** What is special about one thread; undefined when it has gone. */
export function readThread(pid: number, tid: number, proc = PROC): Thread | undefined {
  const stat = parseStat(readPiece(`${proc}/${pid}/task/${tid}/stat`) ?? '');
  const status = readPiece(`${proc}/${pid}/task/${tid}/status`);
  if (stat === undefined || status === undefined) return undefined;
  const processors = /^Cpus_allowed:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  const { state, policy: schedulingPolicy, realTimePriority } = stat;
  return { tid, state, tracer: parseStatus(status).tracer, processors, schedulingPolicy, realTimePriority };
}

/** Whether any security module gives labels on this machine: where none does, reading one's own fails. */
export function hasSecurityLabels(proc = PROC): boolean {
  return readPiece(`${proc}/self/attr/current`) !== undefined;
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

/** The names of the network interfaces that a process sees; empty when it has gone. */
export function readInterfaces(pid: number, proc = PROC): readonly string[] {
  const text = readText(`${proc}/${pid}/net/dev`) ?? '';
  return text.split('\n').flatMap(line => /^\s*(\S+):/.exec(line)?.[1] ?? []);
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

/** What a path of this ckpt leads to. */
export interface PathFacts {
  readonly folder: boolean;
  /** Permissions, as chmod(2) takes them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** How many names lie in the folder. */
  readonly names: number;
}

/** Undefined where nothing lies there, or nothing that may be looked at. */
export function readPathFacts(path: string): PathFacts | undefined {
  const stat = statPath(path);
  if (stat === undefined) return undefined;
  const folder = stat.isDirectory();
  return {
    folder,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    names: folder ? (readNames(path) ?? []).length : 0,
  };
}
