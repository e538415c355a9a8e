/**
 * Setup of the host tests: each file leaves the machine as it found it, or fails with the names of what is left. Files
 * run one after the other, so what is new at the end of one is its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect } from 'vitest';

/** Whatever a test starts inherits it, also what `ckpt` starts for it, and what it thaws. */
const MARK = 'CKPT_HOST_TESTS';
const OWN = `${process.pid}`;
/** What was told to end may take a moment, ms. */
const PATIENCE = 5_000;

process.env[MARK] = OWN;

let before: ReadonlySet<string> = new Set();
/** Nobody else runs these tests, in another clone, say: what does not tell whose it is would be theirs as well as ours. */
let alone = true;
beforeAll(async () => {
  before = new Set(await traces());
});

afterAll(async () => {
  let left = await news();
  for (const end = Date.now() + PATIENCE; left.length > 0 && Date.now() < end; left = await news())
    await sleep(100);
  if (left.length === 0) return;
  for (const pid of ownOf(readMarks())) endIfThere(pid);
  const file = basename(expect.getState().testPath ?? 'a test file');
  throw new Error(`${file} has left on this machine (processes were ended now):\n  ${left.join('\n  ')}`);
});

async function news(): Promise<readonly string[]> {
  return (await traces()).filter(trace => !before.has(trace));
}

/** One thing a line. */
async function traces(): Promise<readonly string[]> {
  const marks = readMarks();
  alone &&= [...marks.values()].every(mark => mark === OWN);
  return [
    ...ownOf(marks).map(pid => `process ${pid}: ${wordsOf(pid)}`),
    ...linesOf('/proc/self/mounts', `/ckpt-host-${OWN}-`).map(line => `mount ${line}`),
    ...['/var/tmp', tmpdir()].flatMap(place => below(place, new RegExp(`^ckpt-host-${OWN}-`))),
    ...(alone ? await tables() : []),
    ...(alone ? below('/run/ckpt-guard', /^ckpt-/) : []),
    ...(alone ? below(tmpdir(), /^ckpt-guard-/) : []),
    ...['/etc', '/run'].flatMap(place => below(join(place, 'systemd/system'), /ckpt/)),
  ];
}

/** The rules by which CRIU and ckpt drop the packets of frozen processes. */
async function tables(): Promise<readonly string[]> {
  const { stdout } = await execa('nft', ['list', 'tables'], { reject: false });
  return String(stdout ?? '')
    .split('\n')
    .filter(line => / (?:CRIU|ckpt)-/.test(line));
}

function linesOf(file: string, part: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.includes(part));
}

function below(folder: string, name: RegExp): readonly string[] {
  try {
    return readdirSync(folder)
      .filter(one => name.test(one))
      .map(one => join(folder, one));
  } catch {
    return [];
  }
}

/** Of the living processes that such tests have started, the mark, by PID. */
function readMarks(): ReadonlyMap<number, string> {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return new Map(
    pids.flatMap(pid => {
      const mark = environmentOf(pid).find(entry => entry.startsWith(`${MARK}=`));
      return mark === undefined ? [] : [[Number(pid), mark.slice(MARK.length + 1)] as const];
    }),
  );
}

function ownOf(marks: ReadonlyMap<number, string>): readonly number[] {
  return [...marks].filter(([, mark]) => mark === OWN).map(([pid]) => pid);
}

/** Empty of a zombie. */
function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

function wordsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .replace(/[\0\s]+/g, ' ')
      .slice(0, 200);
  } catch {
    return 'has ended';
  }
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
