/** What host tests share: a `ckpt` to run, processes to freeze, and an end for every one of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach } from 'vitest';
import { criuFromToolbox } from '../../scripts/toolbox/index.js';
import { endRules } from './end-rules.js';

export const root = join(import.meta.dirname, '..', '..');
/** The executable, as an administrator has it. */
export const program = join(root, 'dist', 'ckpt');

/** Why tests that freeze cannot run here; undefined when they can. */
export const cannotFreeze = process.getuid?.() === 0 ? undefined : 'freezing needs root';

export interface Ran {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The CRIU that host tests use unless they ask for another. */
export const criu = (): Promise<string> => criuFromToolbox('4.2.1');

/** A CRIU that runs some shell before each dump (or restore), which may add arguments (`set -- "$@" …`). */
export async function criuThat(before: string, action: 'dump' | 'restore' = 'dump'): Promise<string> {
  const path = join(await folder(), 'criu');
  const text = `#!/bin/sh\ncase "$1" in ${action}) ${before} ;; esac\nexec "${await criu()}" "$@"\n`;
  await writeFile(path, text, { mode: 0o700 });
  return path;
}

export interface CkptOptions {
  readonly env?: Record<string, string>;
  /** Put in front of the command: `setpriv`, `nsenter`. */
  readonly inside?: readonly string[];
}

/** Runs `ckpt` to its end. */
export async function ckpt(args: readonly string[], options: CkptOptions = {}): Promise<Ran> {
  const env = { CKPT_CRIU: await criu(), ...options.env };
  const [command = '', ...words] = [...(options.inside ?? []), program, ...args];
  const result = await execa(command, words, { reject: false, env, stdin: 'ignore', timeout: 100_000 });
  return { status: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

/** Debian's own Python: one from a version manager is a chain of shells first. */
export const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

const started = new Set<number>();
const folders = new Set<string>();

/** A fresh folder that goes after the test. */
export async function folder(): Promise<string> {
  // On a disk: /tmp is in memory on some machines (Debian 13), and a freeze warns of a store there.
  const path = await mkdtemp(join(process.env.TMPDIR ?? '/var/tmp', `ckpt-host-${process.pid}-`));
  folders.add(path);
  return path;
}

/** Closes what whoever runs the tests left open (a pipe, a lock) and becomes the program: such things are no part of it. */
const BARE = 'use POSIX; POSIX::close($_) for 3 .. 1023; exec { $ARGV[0] } @ARGV or die "exec: $!"';

/** Starts a program as leader of a session of its own, with descriptors 0 to 2 only. Ended after the test, by PID. */
export function start(
  command: string,
  args: readonly string[],
): { readonly pid: number; readonly child: ChildProcess } {
  const child = spawn('perl', ['-e', BARE, command, ...args], { detached: true, stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  started.add(pid);
  return { pid, child };
}

/** Starts `ckpt` as leader of a process group of its own, and does not wait for it. */
export async function startCkpt(args: readonly string[], options: CkptOptions = {}): Promise<StartedCkpt> {
  const env = { ...process.env, CKPT_CRIU: await criu(), ...options.env };
  const [command = '', ...words] = [...(options.inside ?? []), program, ...args];
  const child = spawn(command, words, {
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('ckpt did not start');
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', text => {
    texts.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    texts.stderr += text;
  });
  const ended = new Promise<Ran>(resolve => {
    child.once('close', status => resolve({ status: status ?? undefined, ...texts }));
  });
  return { pid, ended };
}

export interface StartedCkpt {
  readonly pid: number;
  /** Its end; `status` is undefined when a signal ended it. */
  readonly ended: Promise<Ran>;
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
  return (await listAll()).filter(({ session }) => session === pid).map(one => one.pid);
}

/** The same with all below it: a daemon that forked twice leads no session. */
async function allOf(root: number): Promise<ReadonlySet<number>> {
  const all = await listAll();
  const found = new Set(all.filter(({ session }) => session === root).map(one => one.pid)).add(root);
  // A set takes in what is added while it is walked.
  for (const above of found) for (const { pid, parent } of all) if (parent === above) found.add(pid);
  return found;
}

async function listAll(): Promise<readonly { pid: number; parent: number; session: number }[]> {
  const { stdout } = await execa('ps', ['-e', '-o', 'pid=,ppid=,sess='], {});
  return stdout.split('\n').map(line => {
    const [pid = 0, parent = 0, session = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, parent, session };
  });
}

/** Waits for a condition; fails naming it after `limit` milliseconds. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limit = 20_000,
): Promise<T> {
  const deadline = Date.now() + limit;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${limit / 1000} s for ${what}`);
    await sleep(20);
  }
}

/** A program that counts up every 20 ms, with a child and two pipes. */
export interface Counter {
  readonly pid: number;
  /** Where it writes its count: no other program has this among its arguments. */
  readonly file: string;
  /** The last count. */
  count(): number;
  /** Every count so far, in the order in which it was made. */
  journal(): number[];
  /** Resolves once it counts on from where it is now. */
  runsOn(): Promise<void>;
}

/** Starts a counter. `inside` is put in front of its command, to start it in other namespaces; `mib` is its ballast. */
export async function startCounter(
  options: { readonly inside?: readonly string[]; readonly mib?: number } = {},
): Promise<Counter> {
  const directory = await folder();
  const [file, lines] = [join(directory, 'count'), join(directory, 'journal')];
  const script = join(import.meta.dirname, 'programs', 'counter.py');
  const ballast = options.mib === undefined ? [] : [String(options.mib)];
  // Descriptors that were opened outside belong to mounts that CRIU cannot see from inside.
  const reopen = ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>&1', 'sh'];
  const inside = options.inside === undefined ? [] : [...options.inside, ...reopen];
  const [command = python, ...args] = [...inside, python, script, file, lines, ...ballast];
  const { pid } = start(command, args);
  const count = (): number => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
  const journal = (): number[] => readFileSync(lines, 'utf8').trim().split('\n').map(Number);
  const runsOn = async (): Promise<void> => {
    const before = count();
    await until(
      `the count to go on from ${before} (process ${pid}: ${describeProcess(pid)})`,
      () => count() > before + 1,
    );
  };
  await until('the counter to count', () => count() > 2);
  return { pid, file, count, journal, runsOn };
}

/** What a process is doing, for messages. */
function describeProcess(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').slice(0, 40);
  } catch {
    return 'not there';
  }
}

/** Fails unless the numbers are 1, 2, 3, … without a gap or a repetition. */
export function expectConsecutive(numbers: readonly number[]): void {
  const wrong = numbers.findIndex((number, at) => number !== at + 1);
  if (wrong >= 0) throw new Error(`count ${wrong + 1} is ${numbers[wrong]}, after ${numbers[wrong - 1]}`);
}

/** The PIDs that have a text among their arguments: of CRIU and hooks that work in a store, say. */
export function running(text: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(name => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The failure that `ckpt … --json` printed. */
export function failureOf(ran: Ran): {
  code: string;
  message: string;
  why: string;
  hint: string;
  exit: number;
  facts: Readonly<Record<string, string | number>>;
  log: readonly string[];
} {
  const { kind, error } = JSON.parse(ran.stdout || '{}');
  if (kind !== 'error') throw new Error(`no failure: status ${ran.status}\n${ran.stdout}\n${ran.stderr}`);
  return error;
}

/** Runs `ckpt --json`, and gives its failure; fails if there was none or the status is not the failure's. */
export async function refusal(args: readonly string[], options: CkptOptions = {}) {
  const ran = await ckpt(['--json', ...args], options);
  const failure = failureOf(ran);
  if (ran.status !== failure.exit) throw new Error(`status ${ran.status} for a failure of ${failure.exit}`);
  for (const text of [failure.message, failure.why, failure.hint]) {
    if (/\{\w+\}|undefined|\[object/.test(text)) throw new Error(`a hole in the message: ${text}`);
  }
  return failure;
}

/**
 * A network namespace of its own, in which only `lo` is up. `inside` runs commands there; `ran` one to its end, and gives what it
 * says.
 */
export async function ownNetwork(): Promise<{
  readonly inside: readonly string[];
  ran(...words: readonly string[]): Promise<string>;
}> {
  const ready = join(await folder(), 'ready');
  // Said from inside: until then its /proc entry leads to the machine's own network, where `lo` is up, too.
  const script = 'ip link set lo up && echo >"$1" && exec sleep 1000';
  const { pid } = start('unshare', ['--net', 'sh', '-c', script, 'sh', ready]);
  await until('the network', () => existsSync(ready));
  const net = `--net=/proc/${pid}/ns/net`;
  const ran = async (...words: readonly string[]): Promise<string> =>
    (await execa('nsenter', [net, ...words])).stdout;
  return { inside: ['nsenter', net], ran };
}

/** A private mount namespace with a tmpfs of so many MiB at a fresh folder; `inside` runs commands there. */
export async function smallDisk(
  mib: number,
): Promise<{ path: string; inside: string[]; fill(left: number): Promise<void> }> {
  const path = await folder();
  const ready = join(await folder(), 'ready');
  const script = 'mount -t tmpfs -o "size=$1m,mode=700" ckpt-test "$2" && echo > "$3" && exec sleep 1000';
  const { pid } = start('unshare', ['--mount', 'sh', '-c', script, 'sh', String(mib), path, ready]);
  await until('the small disk to be mounted', () => existsSync(ready));
  const inside = ['nsenter', `--mount=/proc/${pid}/ns/mnt`, '--'];
  const fill = async (left: number): Promise<void> => {
    const { bavail, bsize } = await statfs(`/proc/${pid}/root${path}`);
    await execa('fallocate', ['-l', String(bavail * bsize - left), `/proc/${pid}/root${path}/filler`]);
  };
  return { path, inside, fill };
}

afterEach(async () => {
  for (const pid of started) {
    for (const member of alive(pid) ? await allOf(pid) : []) {
      try {
        process.kill(member, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }
  await endRules([...folders], [...started]);
  started.clear();
  for (const path of folders) await rm(path, { recursive: true, force: true });
  folders.clear();
});
