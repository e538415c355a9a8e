/** The file systems that processes have files on. */
import { setTimeout } from 'node:timers/promises';
import { descendants } from './proc/family.js';
import { listTasks, readDescriptors, readMaps, readMounts, readWorkingFolder } from './proc/index.js';
import { run } from './run.js';

/** Where the kernel, or systemd itself, mounts what is there in every boot long before a thaw, and lasts for no other. */
const OF_EVERY_BOOT = /^\/(?:proc|sys|dev|run)(?:\/|$)/;
/** How long they may take to write what waits, ms. */
const FLUSH_LIMIT = 30_000;

/** The mount point that a path lies below, as the machine has it; `/` where nothing else is known. */
export function mountpointOf(
  path: string,
  mounts: readonly { readonly mountpoint: string }[] = readMounts('self'),
): string {
  const above = mounts.map(({ mountpoint }) => mountpoint).filter(one => isBelow(path, one));
  return above.reduce((longest, one) => (one.length > longest.length ? one : longest), '/');
}

function isBelow(path: string, mountpoint: string): boolean {
  return path === mountpoint || path.startsWith(mountpoint.endsWith('/') ? mountpoint : `${mountpoint}/`);
}

/** The mount points below which trees have files and folders, but for those that are the kernel's or in every boot empty. */
export function mountpointsOf(roots: readonly number[]): readonly string[] {
  const mounts = readMounts('self');
  const tasks = listTasks();
  const paths = roots.flatMap(root => descendants(root, tasks)).flatMap(({ pid }) => pathsOf(pid));
  const found = new Set(paths.map(path => mountpointOf(path, mounts)));
  return [...found].filter(one => !OF_EVERY_BOOT.test(one)).sort();
}

function pathsOf(pid: number): readonly string[] {
  const open = readDescriptors(pid).map(({ target }) => target);
  const mapped = readMaps(pid).map(({ path }) => path);
  return [...new Set([...open, ...mapped, readWorkingFolder(pid)])].flatMap(path =>
    path?.startsWith('/') ? [path] : [],
  );
}

/**
 * Has file systems put on their disks what was written to them (syncfs(2), by sync(1)).
 * @param limit how long they may take, ms
 * @returns what went wrong, undefined when all is there
 */
export async function flush(
  mountpoints: readonly string[],
  limit = FLUSH_LIMIT,
): Promise<string | undefined> {
  if (mountpoints.length === 0) return undefined;
  // Who waits for a disk, or a server, cannot be ended by a signal, and is left behind.
  const late = setTimeout(limit, undefined, { ref: false });
  const ended = await Promise.race([run('sync', ['-f', '--', ...mountpoints], { limit: 0 }), late]);
  if (ended === undefined) return `sync did not end within ${limit / 1000} s`;
  return ended.status === 0 ? undefined : (ended.startError ?? ended.stderr.trim());
}
