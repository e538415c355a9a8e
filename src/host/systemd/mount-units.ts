import { descendants } from '../proc/family.js';
import { listTasks, readDescriptors, readMaps, readMounts, readWorkingFolder } from '../proc/index.js';

/** Where the kernel, or systemd itself, mounts what is there in every boot long before a thaw. */
const OF_EVERY_BOOT = /^\/(?:proc|sys|dev|run)(?:\/|$)/;

/** The unit of a mount, by its path (systemd.unit(5), "String Escaping"). */
export function mountUnit(mountpoint: string): string {
  const bytes = [...Buffer.from(mountpoint.replace(/^\/+|\/+$/g, ''), 'utf8')];
  const escaped = bytes.map((byte, at) => {
    const letter = String.fromCharCode(byte);
    if (letter === '/') return '-';
    const plain = /[A-Za-z0-9:_.]/.test(letter) && !(at === 0 && letter === '.');
    return plain ? letter : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `${escaped.join('') || '-'}.mount`;
}

/** The mount point that a path lies below, as the machine has it; `/` where nothing else is known. */
export function mountpointOf(path: string, mounts = readMounts('self')): string {
  const above = mounts.map(({ mountpoint }) => mountpoint).filter(one => isBelow(path, one));
  return above.reduce((longest, one) => (one.length > longest.length ? one : longest), '/');
}

function isBelow(path: string, mountpoint: string): boolean {
  return path === mountpoint || path.startsWith(mountpoint.endsWith('/') ? mountpoint : `${mountpoint}/`);
}

/** The mount points besides `/` on which trees have files and folders, which a boot may mount at any time (`nofail`). */
export function mountpointsOf(roots: readonly number[]): readonly string[] {
  const mounts = readMounts('self');
  const tasks = listTasks();
  const paths = roots.flatMap(root => descendants(root, tasks)).flatMap(({ pid }) => pathsOf(pid));
  const found = new Set(paths.map(path => mountpointOf(path, mounts)));
  return [...found].filter(one => one !== '/' && !OF_EVERY_BOOT.test(one)).sort();
}

function pathsOf(pid: number): readonly string[] {
  const open = readDescriptors(pid).map(({ target }) => target);
  const mapped = readMaps(pid).map(({ path }) => path);
  return [...new Set([...open, ...mapped, readWorkingFolder(pid)])].flatMap(path =>
    path?.startsWith('/') ? [path] : [],
  );
}
