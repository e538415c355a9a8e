import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Everything downloaded or built lies below this folder, outside the source tree; `CKPT_CACHE` moves it. */
export function cacheFolder(): string {
  return process.env.CKPT_CACHE || join(homedir(), '.cache', 'ckpt');
}

/**
 * Makes `path` by letting `build` fill a temporary folder beside it and renaming that into place, so that `path`
 * is there whole or not at all. Returns at once if it is there already; waits while another process builds it.
 *
 * @param limitSeconds how long to wait for the other process before giving up with an error that names it
 */
export async function completeOrAbsent(
  path: string,
  build: (temporary: string) => Promise<void>,
  limitSeconds = 600,
): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  return withLock(`${path}.lock`, limitSeconds, async () => {
    if (existsSync(path)) return path;
    await sweepRemains(path);
    const temporary = await mkdtemp(join(dirname(path), `.${basename(path)}.`));
    try {
      await build(temporary);
      await chmod(temporary, 0o755);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return path;
  });
}

// What an interrupted build left behind. Safe under the lock: nobody else builds this path now.
async function sweepRemains(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(`.${basename(path)}.`)) {
      await rm(join(dirname(path), name), { recursive: true, force: true });
    }
  }
}

/** Runs `work` while holding a lock file that names this process; a lock whose process is gone is taken over. */
export async function withLock<T>(lock: string, limitSeconds: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + limitSeconds * 1000;
  for (;;) {
    if (await tryLock(lock)) break;
    const holder = await readFile(lock, 'utf8').catch(() => '');
    if (holder !== '' && !(await isAlive(holder))) {
      await removeStale(lock, holder);
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `waited ${limitSeconds} s for process ${holder.split(' ')[0] || '?'}, which holds ${lock}`,
      );
    }
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

// Linked into place, so that nobody ever reads a lock without its holder.
async function tryLock(lock: string): Promise<boolean> {
  const own = uniqueBeside(lock);
  await writeFile(own, `${process.pid} ${await startTime(process.pid)}`);
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

// Several may find the same stale lock: one of them moves it away, and whoever moved away a new one puts it back.
async function removeStale(lock: string, stale: string): Promise<void> {
  const aside = uniqueBeside(lock);
  try {
    await rename(lock, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== stale) await link(aside, lock).catch(() => undefined);
  await rm(aside, { force: true });
}

function uniqueBeside(lock: string): string {
  return `${lock}.${process.pid}.${randomBytes(4).toString('hex')}`;
}

/** Whether the process that a lock names still runs; its start time tells it from a later one of the same PID. */
async function isAlive(holder: string): Promise<boolean> {
  const [pid, started] = holder.split(' ');
  const now = await startTime(Number(pid));
  return now !== undefined && (started === undefined || started === now);
}

/** Field 22 of /proc/PID/stat (see proc(5)): clock ticks between the kernel's start and the process's. */
async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
