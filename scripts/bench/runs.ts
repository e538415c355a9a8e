/** One freeze and one thaw by raw CRIU and by `ckpt`, timed from outside: same CRIU, same flags, same disk. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { dumpArguments, restoreArguments } from '../../src/host/criu/arguments.js';

/** What both sides work with. `folder` lies on the disk that is measured. */
export interface BenchSetup {
  readonly folder: string;
  readonly criu: string;
  /** The built `ckpt`. */
  readonly ckpt: string;
}

/** A finished command: wall time in ms, and the peak of its resident memory in bytes where that was looked at. */
export interface Timed {
  readonly wall: number;
  /** Milliseconds until it said that the fate of the tree is sealed (`ckpt freeze`) . */
  readonly sealed?: number;
  readonly peak?: number;
}

const GHOST_LIMIT = 64 * 2 ** 20;

const images = (setup: BenchSetup): string => join(setup.folder, 'raw');
const store = (setup: BenchSetup): string => join(setup.folder, 'store');

/** Takes away what earlier rounds wrote, and waits for the disk to be idle: nobody pays for another's writes. */
export async function clearDisk(setup: BenchSetup): Promise<void> {
  await rm(images(setup), { recursive: true, force: true });
  await rm(store(setup), { recursive: true, force: true });
  await execa('sync', ['--file-system', setup.folder]);
}

/** `criu dump`, and how long it takes longer until its images are on stable storage, as a bundle's are. */
export async function rawDump(
  setup: BenchSetup,
  pid: number,
  leaveRunning: boolean,
): Promise<{ readonly dump: Timed; readonly synced: number }> {
  await mkdir(images(setup));
  const args = dumpArguments({
    pid,
    images: images(setup),
    log: join(images(setup), 'dump.log'),
    script: '',
    tcp: 'established',
    shellJob: false,
    leaveRunning,
    verbose: false,
    ghostLimit: GHOST_LIMIT,
  });
  const began = performance.now();
  const dump = await timed(setup.criu, withoutScript(args), join(images(setup), 'dump.log'));
  await syncFiles(images(setup));
  return { dump, synced: performance.now() - began };
}

/** `criu restore` of what `rawDump` wrote. */
export async function rawRestore(setup: BenchSetup): Promise<Timed> {
  const log = join(images(setup), 'restore.log');
  const args = restoreArguments({
    images: images(setup),
    log,
    script: '',
    tcp: 'established',
    shellJob: false,
    verbose: false,
  });
  return timed(setup.criu, withoutScript(args), log);
}

/** `ckpt freeze` into the bundle "bench". */
export function ckptFreeze(setup: BenchSetup, pid: number, leaveRunning: boolean): Promise<Timed> {
  const more = leaveRunning ? ['--leave-running'] : [];
  return ckpt(setup, ['freeze', String(pid), '--name', 'bench', ...more], 'letting go');
}

/** `ckpt thaw` of it. */
export function ckptThaw(setup: BenchSetup): Promise<Timed> {
  return ckpt(setup, ['thaw', 'bench']);
}

function ckpt(setup: BenchSetup, args: readonly string[], seal?: string): Promise<Timed> {
  const all = [...args, '--store', store(setup), '--criu', setup.criu, '--events'];
  return timed(setup.ckpt, all, undefined, seal);
}

/** Bytes of the images that `rawDump` wrote: those of pages, and all the others together. */
export async function rawSizes(
  setup: BenchSetup,
): Promise<{ readonly pages: number; readonly metadata: number }> {
  let [pages, metadata] = [0, 0];
  for (const name of await readdir(images(setup))) {
    if (!/\.img$|^stats-/.test(name)) continue;
    const { length } = await sizeOf(join(images(setup), name));
    if (name.startsWith('pages-')) pages += length;
    else metadata += length;
  }
  return { pages, metadata };
}

async function sizeOf(path: string): Promise<{ readonly length: number }> {
  const file = await open(path, 'r');
  try {
    return { length: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

async function syncFiles(folder: string): Promise<void> {
  const paths = (await readdir(folder)).map(name => join(folder, name));
  await Promise.all(
    [...paths, folder].map(async path => {
      const file = await open(path, 'r');
      await file.sync().finally(() => file.close());
    }),
  );
}

/** The raw side has nothing to decide in a hook. */
function withoutScript(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--action-script');
  return args.filter((_, index) => index !== at && index !== at + 1);
}

/**
 * Runs a command to its end. Its peak memory is looked at in /proc while it runs (VmHWM only grows, so the last look
 * counts), and `seal` is the stage whose event is waited for on its standard error.
 */
async function timed(command: string, args: readonly string[], log?: string, seal?: string): Promise<Timed> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let sealed: number | undefined;
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
    if (seal !== undefined && sealed === undefined && said.includes(`"stage":"${seal}"`)) {
      sealed = performance.now() - began;
    }
  });
  let peak: number | undefined;
  const watch = setInterval(() => {
    peak = highWater(child.pid ?? 0) ?? peak;
  }, 20);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(() => clearInterval(watch));
  const wall = performance.now() - began;
  if (status !== 0) {
    const more = log === undefined ? said : await readFile(log, 'utf8').catch(() => said);
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${more.slice(-2000)}`);
  }
  return { wall, ...(sealed === undefined ? {} : { sealed }), ...(peak === undefined ? {} : { peak }) };
}

function highWater(pid: number): number | undefined {
  try {
    const line = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line?.[1] === undefined ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
}
