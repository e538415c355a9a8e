import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { descendants, listProcesses, readCommandLine, readProcess } from '../../../src/host/proc/index.js';
import { unmountAll } from '../unmount-all.js';

/** A situation that stands: who is to be frozen, and what everybody is called. */
export interface Creature {
  readonly target: readonly number[];
  readonly roles: ReadonlyMap<number, string>;
  readonly folder: string;
  /** Ends everything that was started, by PID, and removes the folder. */
  readonly end: () => Promise<void>;
}

/** Runs a program with nothing but 0, 1 and 2 (all /dev/null) open: descriptors of the test runner are no part of it. */
const BARE = 'use POSIX; POSIX::close($_) for 3 .. 1023; exec { $ARGV[0] } @ARGV or die "exec: $!"';

export interface Started {
  readonly pid: number;
  readonly end: () => Promise<void>;
}

/**
 * Waits until the program itself runs, not perl on the way to it. Blocking, for up to 20 s: what a caller starts or
 * attaches next must not come before, and a busy machine takes its time.
 */
function waitUntilItRuns(pid: number, program: string): void {
  const limit = Date.now() + 20_000;
  while (readCommandLine(pid).includes(BARE)) {
    if (Date.now() > limit) throw new Error(`waited 20000 ms for perl to become ${program}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** Starts a program in a session of its own. `end` kills it and every process that descends from it now. */
export function startBare(
  command: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Started {
  const child = execa('perl', ['-e', BARE, ...command], {
    detached: true,
    stdio: 'ignore',
    reject: false,
    cleanup: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const pid = child.pid ?? 0;
  const started = readProcess(pid)?.startTime;
  waitUntilItRuns(pid, command[0] ?? 'nothing');
  return {
    pid,
    end: async () => {
      if (readProcess(pid)?.startTime === started) killTree(pid);
      await waitUntil(
        `process ${pid} to end`,
        () => readProcess(pid)?.startTime !== started || isZombie(pid),
        10_000,
      );
    },
  };
}

function isZombie(pid: number): boolean {
  return readProcess(pid)?.state === 'Z';
}

/** Kills a process and all that descend from it, children last so that nobody starts them again. */
export function killTree(pid: number): void {
  for (const one of descendants(pid, listProcesses())) kill(one.pid);
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Waits with a limit; says what it waited for. */
export async function waitUntil(what: string, done: () => boolean, limit = 20_000): Promise<void> {
  const end = Date.now() + limit;
  while (!done()) {
    if (Date.now() > end) throw new Error(`waited ${limit} ms for ${what}`);
    await sleep(20);
  }
}

export function makeFolder(name: string): string {
  mkdirSync('/var/tmp/ckpt-zoo', { recursive: true });
  return mkdtempSync(`/var/tmp/ckpt-zoo/${name}-`);
}

/**
 * Put in front of a program whose mounts CRIU will look at: mounts of its own, without those that CRIU does not know or
 * leaves out, which machines with systemd have and others have not.
 */
export const inPlainMounts: readonly string[] = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  `${unmountAll('bpf', 'configfs', 'hugetlbfs', 'rpc_pipefs', 'tracefs')}; exec "$@" </dev/null >/dev/null 2>&1`,
  'sh',
];

/** Starts one of `creatures.py`, `inside` other surroundings if told. Throws when it does not stand within 20 s. */
export async function startCreature(name: string, inside: readonly string[] = []): Promise<Creature> {
  const folder = makeFolder(name);
  const script = join(import.meta.dirname, 'creatures.py');
  const outer = startBare([...inside, '/usr/bin/python3', script, name, folder]);
  const extra: number[] = [];
  try {
    await waitUntil(
      `${name} to stand`,
      () => {
        if (readProcess(outer.pid) === undefined || isZombie(outer.pid))
          throw new Error(`${name} ended at its start`);
        return exists(join(folder, 'ready'));
      },
      20_000,
    );
  } catch (error) {
    await outer.end();
    throw error;
  }
  const ready = JSON.parse(readFileSync(join(folder, 'ready'), 'utf8')) as {
    target: number[];
    roles: Record<string, number>;
  };
  extra.push(...Object.values(ready.roles).filter(pid => pid > 0));
  return {
    target: ready.target,
    roles: new Map(Object.entries(ready.roles).map(([role, pid]) => [pid, role])),
    folder,
    end: async () => {
      // The roots first: whoever starts its children anew must not see them go.
      for (const pid of [...ready.target, ...extra]) killTree(pid);
      await outer.end();
      sweep(folder);
      await removeSysv(folder);
      const elsewhere = join(folder, 'folder');
      if (exists(elsewhere)) rmSync(readFileSync(elsewhere, 'utf8'), { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ends whatever still bears the folder's name, which nobody else's processes do, in its arguments. */
function sweep(folder: string): void {
  for (const one of listProcesses()) if (one.commandLine.includes(folder)) kill(one.pid);
}

/** System V objects outlive their users. */
async function removeSysv(folder: string): Promise<void> {
  for (const [file, flag] of [
    ['sysv-shm', '-m'],
    ['sysv-sem', '-s'],
    ['sysv-msg', '-q'],
  ] as const) {
    const path = join(folder, file);
    if (exists(path)) await execa('ipcrm', [flag, readFileSync(path, 'utf8')], { reject: false });
  }
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
