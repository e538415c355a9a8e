import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { placeFile, syncPlace } from './place-file.js';
import { run } from './run.js';
import {
  BOOT_UNIT,
  type BootThaw,
  bootUnit,
  bootUnitText,
  DROP_IN,
  dropInName,
  dropInText,
  endingName,
  endingText,
  type FrozenBundle,
  readUnitFile,
} from './unit-files.js';

/** Where units lie that go before those of packages (systemd.unit(5)): for good, and until the next boot. */
export interface UnitFolders {
  readonly lasting: string;
  readonly passing: string;
}
const FOLDERS: UnitFolders = { lasting: '/etc/systemd/system', passing: '/run/systemd/system' };
/** A reload runs all generators again, and those of a large machine take their time, ms. */
const RELOAD_LIMIT = 90_000;
const STOP_LIMIT = 10_000;

/** A unit to hold back while a tree is frozen, or runs in the scope that it is thawed into. */
export interface ToHold {
  readonly unit: string;
  readonly scope: string;
}

/**
 * Keeps systemd from starting units beside a bundle's processes, and has it thaw the bundle at boot if that is wanted.
 * What lasts holds only once the bundle is there; what tells a service how to end goes with the boot, should nobody come to
 * take it back (`releaseUnused`).
 * @returns what went wrong, undefined when systemd has read it
 */
export async function holdBack(
  bundle: FrozenBundle,
  units: readonly ToHold[],
  bootThaw: BootThaw | undefined,
  { lasting, passing } = FOLDERS,
): Promise<string | undefined> {
  const { name } = bundle;
  try {
    for (const { unit, scope } of units) {
      await placeFile(join(lasting, `${unit}.d`, dropInName(name)), dropInText(bundle, scope));
      if (unit.endsWith('.service'))
        await placeFile(join(passing, `${unit}.d`, endingName(name)), endingText(bundle));
    }
    if (bootThaw !== undefined) {
      const path = join(lasting, bootUnit(name));
      await placeFile(path, bootUnitText(bundle, bootThaw));
      const wish = wishFor(path);
      await mkdir(dirname(wish), { recursive: true });
      await rm(wish, { force: true });
      await symlink(path, wish);
      await syncPlace(dirname(wish));
    }
  } catch (error) {
    return (error as Error).message;
  }
  // Who is not running yet reads its files when it starts.
  return units.length === 0 ? undefined : reload();
}

/**
 * Removes the files that mean nothing any more: their bundles were thawed or removed, and what was thawed has ended.
 * @param inUse whether the owner of a file goes on, and only has not made its bundle yet
 * @returns the units that can be started again
 */
export async function releaseUnused(
  inUse: (owner: string) => boolean,
  folders = FOLDERS,
): Promise<readonly string[]> {
  const removed: string[] = [];
  const left = new Set<string | undefined>();
  let changed = false;
  for (const file of await ours(folders)) {
    const used = file.paths.some(existsSync) || inUse(file.owner);
    // What may not be removed means nothing all the same.
    if (used || !(await isRemoved(file))) {
      left.add(file.unit);
      continue;
    }
    changed = true;
    if (file.unit !== undefined) removed.push(file.unit);
  }
  if (changed) await reload();
  return [...new Set(removed)].filter(unit => !left.has(unit));
}

async function isRemoved({ path, unit }: OurFile): Promise<boolean> {
  try {
    if (unit === undefined) await rm(wishFor(path), { force: true });
    await rm(path, { force: true });
  } catch {
    return false;
  }
  // Others may have something in there, too.
  if (unit !== undefined) await rmdir(dirname(path)).catch(() => {});
  return true;
}

/** The units that are not started while this scope is there, or while the bundle with this mark waits. */
export async function unitsHeldFor(
  { scope, mark }: { readonly scope?: string; readonly mark?: string },
  folders = FOLDERS,
): Promise<readonly string[]> {
  const names = (path: string): boolean =>
    path === mark || (scope !== undefined && path.endsWith(`/${scope}`));
  const held = (await ours(folders)).filter(({ paths }) => paths.some(names));
  return [...new Set(held.flatMap(({ unit }) => unit ?? []))];
}

/** The scopes for which a unit is held back: its processes may live in one of them. */
export async function scopesInPlaceOf(unit: string, folders = FOLDERS): Promise<readonly string[]> {
  const paths = (await ours(folders)).flatMap(file => (file.unit === unit ? file.paths : []));
  return [...new Set(paths.map(path => basename(path)).filter(name => name.endsWith('.scope')))];
}

interface OurFile {
  readonly path: string;
  /** The unit that it holds back, if it does. */
  readonly unit: string | undefined;
  readonly paths: readonly string[];
  readonly owner: string;
}

async function ours({ lasting, passing }: UnitFolders): Promise<readonly OurFile[]> {
  return [...(await oursIn(lasting)), ...(await oursIn(passing))];
}

async function oursIn(folder: string): Promise<readonly OurFile[]> {
  const names = await readdir(folder).catch(() => []);
  const paths = names.filter(name => BOOT_UNIT.test(name)).map(name => join(folder, name));
  for (const name of names.filter(one => one.endsWith('.d'))) {
    const dropIns = await readdir(join(folder, name)).catch(() => []);
    paths.push(...dropIns.filter(one => DROP_IN.test(one)).map(one => join(folder, name, one)));
  }
  return Promise.all(
    paths.map(async path => ({
      path,
      unit: DROP_IN.test(basename(path)) ? basename(dirname(path)).replace(/\.d$/, '') : undefined,
      ...readUnitFile(await readFile(path, 'utf8').catch(() => '')),
    })),
  );
}

function wishFor(path: string): string {
  return join(dirname(path), 'multi-user.target.wants', basename(path));
}

/**
 * Ends units that are of no use, and has it forgotten that they failed, as a socket does whose service is not started. One
 * that does not end is in nobody's way before a thaw, which says so.
 */
export async function stopUnits(units: readonly string[]): Promise<void> {
  for (const verb of ['stop', 'reset-failed'])
    await run('systemctl', [verb, '--', ...units], { limit: STOP_LIMIT, onLimit: 'report' });
}

async function reload(): Promise<string | undefined> {
  const { status, stderr, startError, timedOut } = await run('systemctl', ['daemon-reload'], {
    limit: RELOAD_LIMIT,
    onLimit: 'report',
  });
  if (timedOut) return `systemctl daemon-reload did not end within ${RELOAD_LIMIT / 1000} s`;
  return status === 0 ? undefined : (startError ?? stderr.trim());
}
