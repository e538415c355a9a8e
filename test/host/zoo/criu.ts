import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type KeptMounts, mountNames, mountSources, withRoot } from '../../../src/host/criu/mounts.js';
import {
  descendants,
  listPids,
  listProcesses,
  type Process,
  readProcess,
} from '../../../src/host/proc/index.js';
import { kill, waitUntil } from './keeper.js';

/** The CRIU that the zoo is frozen with. */
export const CRIU_VERSION = '4.2.1';
export const CRIU = join(
  process.env.CKPT_CACHE ?? join(homedir(), '.cache', 'ckpt'),
  'criu',
  CRIU_VERSION,
  'criu',
);

export interface Reality {
  readonly dump: 'ok' | 'failed';
  readonly restore: 'ok' | 'failed' | 'not tried';
  /** The log's last error lines, where it failed. */
  readonly why: string;
}

const OPTIONS = [
  '--file-locks',
  '--link-remap',
  '--manage-cgroups=ignore',
  '--tcp-established',
  '--network-lock',
  'nftables',
];

/**
 * What CRIU really does with a tree, with the options of `ckpt freeze`: dumps it, killing it, and restores it in
 * place. After a restore every process must be there again and none be dead.
 */
export async function realVerdict(
  root: number,
  folder: string,
  more: readonly string[] = [],
  program = CRIU,
  mounts?: KeptMounts,
): Promise<Reality> {
  const criu = (args: readonly string[]): Promise<number> => runCriu([program, ...args]);
  const images = join(folder, 'images');
  mkdirSync(images);
  const tree = descendants(root, listProcesses());
  const alive = tree.filter(one => one.state !== 'Z');
  const before = alive.map(one => one.pid);
  const dump = await criu([
    'dump',
    '-t',
    `${root}`,
    '-D',
    images,
    '-o',
    'dump.log',
    '-v4',
    '--ghost-limit',
    '1048576',
    ...OPTIONS,
    ...(mounts === undefined ? [] : mountNames(mounts)),
    ...more,
  ]);
  if (dump !== 0) {
    const gone = before.filter(pid => readProcess(pid) === undefined);
    if (gone.length > 0) throw new Error(`a failed dump killed ${gone.join(', ')}`);
    return { dump: 'failed', restore: 'not tried', why: errors(join(images, 'dump.log')) };
  }
  const all = tree.map(one => one.pid);
  await waitUntil(
    `the frozen processes ${all.join(', ')} to vanish`,
    () => all.every(pid => readProcess(pid) === undefined),
    60_000,
  );
  const others = new Set(listPids());
  const top = join(folder, 'machine-root');
  mkdirSync(top);
  const restore = await runCriu([
    ...(mounts === undefined ? [program] : withRoot(top, [program])),
    'restore',
    '-D',
    images,
    '-o',
    'restore.log',
    '-v4',
    '--restore-detached',
    ...OPTIONS,
    ...(mounts === undefined ? [] : mountSources(mounts)),
    ...(mounts === undefined ? [] : ['--root', top]),
    ...more,
  ]);
  // In a PID namespace of its own everybody has the numbers of before there, and other ones here.
  const numbers = new Set(alive.map(innermost));
  const back = listProcesses()
    .filter(one => !others.has(one.pid) && one.state !== 'Z' && numbers.has(innermost(one)))
    .map(one => one.pid);
  const ok = restore === 0 && back.length === before.length;
  const why = ok ? '' : errors(join(images, 'restore.log'));
  for (const pid of back) kill(pid);
  await waitUntil(`the thawed processes ${back.join(', ')} to end`, () =>
    back.every(pid => (readProcess(pid)?.state ?? 'Z') === 'Z'),
  );
  return { dump: 'ok', restore: ok ? 'ok' : 'failed', why };
}

/** As the process itself sees its numbers: from its own PID namespace outwards up to ours. */
function innermost(one: Process): string {
  const depth = one.namespacePids.length;
  return depth === 1 ? `${one.pid}` : `${one.namespacePids.at(-1)} at ${depth}`;
}

/** The same for the whole of `ckpt`, as an administrator has it: what it freezes and thaws again. */
export async function realVerdictOfCkpt(root: number, folder: string): Promise<Reality> {
  const run = (...args: string[]) =>
    execa(PROGRAM, [...args, '--store', join(folder, 'store')], {
      reject: false,
      stdin: 'ignore',
      env: { CKPT_CRIU: CRIU },
      timeout: 90_000,
    });
  const before = descendants(root, listProcesses())
    .filter(one => one.state !== 'Z')
    .map(one => one.pid);
  const frozen = await run('freeze', `${root}`, '--name', 'a');
  if (frozen.exitCode !== 0) return { dump: 'failed', restore: 'not tried', why: frozen.stderr };
  const thawed = await run('thaw', 'a');
  // What ends from a broken call does so in its next moment.
  await sleep(300);
  const back = before.filter(pid => (readProcess(pid)?.state ?? 'Z') !== 'Z');
  for (const pid of back) kill(pid);
  const ok = thawed.exitCode === 0 && back.length === before.length;
  return { dump: 'ok', restore: ok ? 'ok' : 'failed', why: thawed.stderr };
}

const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'dist', 'ckpt');

async function runCriu([program = CRIU, ...args]: readonly string[]): Promise<number> {
  const result = await execa(program, args, { reject: false, stdio: 'ignore', timeout: 60_000, cwd: '/' });
  return result.exitCode ?? -1;
}

function errors(log: string): string {
  try {
    return readFileSync(log, 'utf8')
      .split('\n')
      .filter(line => /Error|Warn.*(kill|fail)/.test(line))
      .slice(-4)
      .map(line => line.replace(/^\([\d.]+\)\s*/, ''))
      .join(' | ');
  } catch {
    return 'no log';
  }
}
