/** Process trees to freeze, and how they are looked after. Every one is ended by its own PIDs. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { descendants, listProcesses, readProcess } from '../../src/host/proc/index.js';

const PROGRAMS = join(import.meta.dirname, 'programs');

/** A tree that runs, or that was frozen and can be thawed. */
export interface BenchTree {
  readonly pid: number;
  /** Its longest gap, in ms, that began after this moment (`monotonic()`); 0 if it noticed none over 5 ms. */
  longestGap(since: number): Promise<number>;
  /** Ends every process of it and waits until its numbers are free again. */
  end(): Promise<void>;
}

/** Seconds of CLOCK_MONOTONIC, as Python's `time.monotonic` counts them. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

/** One process that holds this much memory. */
export function startHog(folder: string, mebibytes: number): Promise<BenchTree> {
  return startTree(folder, 'hog.py', [mebibytes]);
}

/** A root that ticks every millisecond, and children with so many mappings each. */
export function startTicker(
  folder: string,
  shape: { readonly mebibytes: number; readonly children: number; readonly mappings: number },
): Promise<BenchTree> {
  return startTree(folder, 'ticker.py', [shape.mebibytes, shape.children, shape.mappings]);
}

async function startTree(folder: string, program: string, numbers: readonly number[]): Promise<BenchTree> {
  const ready = join(folder, 'ready');
  await Promise.all([ready, `${ready}.gaps`].map(path => rm(path, { force: true })));
  // Without site packages the interpreter itself is as small as it gets.
  const args = ['-I', '-S', join(PROGRAMS, program), ready, ...numbers.map(String)];
  const child = spawn(await pythonProgram(), args, { detached: true, stdio: 'ignore', cwd: '/' });
  const { pid } = child;
  if (pid === undefined) throw new Error('python3 did not start');
  await until(`${program} to be ready`, () => readOr(ready, '') === 'ready', 120_000);
  return {
    pid,
    longestGap: async since => {
      const lines = (await readFile(`${ready}.gaps`, 'utf8').catch(() => '')).trim().split('\n');
      const gaps = lines.map(line => line.split(' ').map(Number)).filter(([start]) => (start ?? 0) >= since);
      return Math.max(0, ...gaps.map(([, length]) => (length ?? 0) * 1000));
    },
    end: () => endTree(pid),
  };
}

/** Waits until no process, zombie or not, has the number. */
export function untilGone(pid: number): Promise<void> {
  return until(`process ${pid} to be gone`, () => readProcess(pid) === undefined, 60_000);
}

async function endTree(root: number): Promise<void> {
  const members = descendants(root, listProcesses()).map(process => process.pid);
  for (const pid of members) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  for (const pid of members) await untilGone(pid);
}

/** The interpreter itself: what lies in PATH may be a script of a version manager that starts it. */
async function pythonProgram(): Promise<string> {
  const { stdout } = await execa('python3', ['-c', 'import sys; print(sys.executable)']);
  return stdout.trim();
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

async function until(what: string, look: () => boolean, limit: number): Promise<void> {
  const deadline = performance.now() + limit;
  while (!look()) {
    if (performance.now() > deadline) throw new Error(`waited ${limit / 1000} s for ${what}`);
    await sleep(10);
  }
}
