import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
    if (holder !== '' && !existsSync(`/proc/${holder}`)) {
      await rm(lock, { force: true });
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${limitSeconds} s for process ${holder || '?'}, which holds ${lock}`);
    }
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
