import { closeSync, openSync } from 'node:fs';
import { readFdInfo } from './descriptors.js';
import { PROC, readLink, readNames, readPiece, readText, statPath } from './files.js';
import type { Mapping } from './maps.js';
import { parseStatus } from './parse-status.js';

export interface Thread {
  readonly tid: number;
  /** As in stat: R, S, D… */
  readonly state: string;
  readonly tracer: number;
}

/** One thread's state letter and tracer; undefined when it has gone. */
export function readThread(pid: number, tid: number, proc = PROC): Thread | undefined {
  const status = readPiece(`${proc}/${pid}/task/${tid}/status`);
  const state = /^State:\s*(\S)/m.exec(status ?? '')?.[1];
  if (state === undefined || status === undefined) return undefined;
  return { tid, state, tracer: parseStatus(status).tracer };
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

/** The mount that a process's program was started from, by its id; undefined when it has gone. */
export function readProgramMount(pid: number, proc = PROC): number | undefined {
  let fd: number | undefined;
  try {
    // The link leads to the mount itself, whatever namespace that is in.
    fd = openSync(`${proc}/${pid}/exe`, 'r');
    return readFdInfo(process.pid, fd)?.mountId;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
