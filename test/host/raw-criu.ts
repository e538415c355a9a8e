/** CRIU itself, without `ckpt`: what conversions are measured against. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { criuFromToolbox, type ToolboxVersion } from '../../scripts/toolbox/index.js';
import { folder, owned, sessionOf, until } from './support.js';

/** Options that the zoo of tests needs on a host: no cgroups are touched. */
const OPTIONS = ['--file-locks', '--link-remap', '--manage-cgroups=ignore', '--tcp-established', '-v4'];

export interface RawRun {
  readonly status: number | undefined;
  /** The log's lines that say "Error". */
  readonly errors: string;
}

/** What a dump left: images, and the numbers that the processes need again. */
export interface RawDump {
  readonly images: string;
  readonly pids: readonly number[];
}

/** Dumps the tree of a session's leader, which ends it. */
export async function rawDump(
  version: ToolboxVersion,
  pid: number,
  more: readonly string[] = [],
): Promise<RawDump> {
  const pids = await sessionOf(pid);
  const images = await folder();
  const { status, errors } = await rawRun(version, 'dump', images, ['-t', `${pid}`, ...more]);
  if (status !== 0) throw new Error(`criu ${version} dump of ${pid}: ${errors}`);
  await numbersFree(pids);
  return { images, pids };
}

/** Dumps a tree that runs on; gives the directory of the images. */
export async function rawCopy(
  version: ToolboxVersion,
  pid: number,
  more: readonly string[] = [],
): Promise<string> {
  const images = await folder();
  const { status, errors } = await rawRun(version, 'dump', images, [
    ...['-t', `${pid}`, '--leave-running'],
    ...more,
  ]);
  if (status !== 0) throw new Error(`criu ${version} dump of ${pid}: ${errors}`);
  return images;
}

/** Tries to restore a tree; what came back is ended after the test. */
export async function rawRestore(
  version: ToolboxVersion,
  images: string,
  pids: readonly number[],
): Promise<RawRun> {
  await numbersFree(pids);
  const run = await rawRun(version, 'restore', images, ['--restore-detached']);
  if (run.status === 0) for (const pid of pids) owned(pid);
  return run;
}

/** A tree that failed to come back leaves zombies, which hold their numbers until PID 1 takes notice. */
export async function numbersFree(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    await until(`the number ${pid} to be free`, () => !existsSync(`/proc/${pid}`), 60_000);
  }
}

async function rawRun(
  version: ToolboxVersion,
  action: string,
  images: string,
  more: readonly string[],
): Promise<RawRun> {
  const criu = await criuFromToolbox(version);
  // the log lies elsewhere: the directory of the images is the source of a conversion, and stays as it is
  const log = join(await folder(), `${action}.log`);
  const args = [action, '-D', images, '-o', log, ...OPTIONS, ...more];
  const result = await execa(criu, args, { reject: false, stdio: 'ignore', cwd: '/', timeout: 60_000 });
  const text = existsSync(log) ? readFileSync(log, 'utf8') : 'no log';
  return {
    status: result.exitCode,
    errors: text
      .split('\n')
      .filter(line => line.includes('Error'))
      .join('\n'),
  };
}
