/** What host tests share: a `ckpt` to run, processes to freeze, and an end for every one of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach } from 'vitest';
import { criuFromToolbox } from '../../scripts/toolbox/index.js';

export const root = join(import.meta.dirname, '..', '..');
export const program = join(root, 'dist', 'cli', 'main.js');

/** Why tests that freeze cannot run here; undefined when they can. */
export const cannotFreeze = process.getuid?.() === 0 ? undefined : 'freezing needs root';

export interface Ran {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The CRIU that host tests use unless they ask for another. */
export const criu = (): Promise<string> => criuFromToolbox('4.2.1');

/** Runs `ckpt` to its end. */
export async function ckpt(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<Ran> {
  const env = { CKPT_CRIU: await criu(), ...options.env };
  const result = await execa(process.execPath, [program, ...args], { reject: false, env, stdin: 'ignore', timeout: 100_000 });
  return { status: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

const started = new Set<number>();
const folders = new Set<string>();

/** A fresh folder that goes after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ckpt-host-'));
  folders.add(path);
  return path;
}

/** Starts a program as leader of a session of its own, with descriptors 0 to 2 only. Ended after the test, by PID. */
export function start(command: string, args: readonly string[]): { readonly pid: number; readonly child: ChildProcess } {
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  started.add(pid);
  return { pid, child };
}

/** Registers a process that `ckpt` brought back, so that it is ended after the test. */
export function owned(pid: number): void {
  started.add(pid);
}

/** Whether a process lives: there, and no zombie. */
export function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^\d+ \(.*\) [ZX]/.test(stat);
  } catch {
    return false;
  }
}

/** The processes of the session that the PID leads, from /proc. */
export async function sessionOf(pid: number): Promise<number[]> {
  const { stdout } = await execa('ps', ['-e', '-o', 'pid=,sess='], {});
  return stdout
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(([, session]) => session === pid)
    .map(([member]) => member ?? 0);
}

/** Waits for a condition; fails naming it after `limit` milliseconds. */
export async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, limit = 20_000): Promise<T> {
  const deadline = Date.now() + limit;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${limit / 1000} s for ${what}`);
    await sleep(20);
  }
}

/** A Python program that counts up in a file every 20 ms, with a child and a pipe. */
export async function startCounter(): Promise<{ readonly pid: number; count(): number }> {
  const file = join(await folder(), 'count');
  const { pid } = start('python3', [join(import.meta.dirname, 'programs', 'counter.py'), file]);
  const count = (): number => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
  await until('the counter to count', () => count() > 2);
  return { pid, count };
}

afterEach(async () => {
  for (const pid of started) {
    for (const member of alive(pid) ? await sessionOf(pid) : []) {
      try {
        process.kill(member, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }
  started.clear();
  for (const path of folders) await rm(path, { recursive: true, force: true });
  folders.clear();
});
