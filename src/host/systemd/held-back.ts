import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../errors.js';
import { mountpointOf } from '../file-systems.js';
import { placeFile, syncPlace } from '../place-file.js';
import { RELOAD_SECONDS, runSystemctl } from './systemctl.js';
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

/** Where units lie that go before those of packages (systemd.unit(5)), and how they are read. */
export interface UnitFiles {
  /** For good. */
  readonly lasting: string;
  /** Until the next boot. */
  readonly passing: string;
  /** Gives what went wrong. */
  reload(): Promise<string | undefined>;
}
const SYSTEM: UnitFiles = { lasting: '/etc/systemd/system', passing: '/run/systemd/system', reload };
/**
 * In the passing folder, and no name that systemd reads: there as long as files of ours are gone that it may still go by. A
 * service that runs on by what they said would not be started again, or end without its own commands.
 */
const UNREAD = 'ckpt-unread';

/** A unit to hold back while a tree is frozen, or runs in the scope that it is thawed into. */
export interface ToHold {
  readonly unit: string;
  readonly scope: string;
  /** Path of the slice that it lies in, below the root of the control groups: "/system.slice". */
  readonly slice: string;
  /** Whether the end of its processes is not to pass for a success (see `endingText`). */
  readonly endsInFailure?: boolean;
}

/**
 * Keeps systemd from starting units beside a bundle's processes, and has it thaw the bundle at boot if that is wanted.
 * What lasts holds only once the bundle is there; what tells a service how to end goes with the boot, should nobody come to
 * take it back (`releaseUnused`).
 * @param inUse whether the owner of a file goes on: another freeze, whose files stay as they are
 * @returns what went wrong, undefined when systemd has read it
 */
export async function holdBack(
  bundle: FrozenBundle,
  units: readonly ToHold[],
  bootThaw: BootThaw | undefined,
  inUse: (owner: string) => boolean,
  { lasting, passing, reload } = SYSTEM,
): Promise<string | undefined> {
  const { name } = bundle;
  const files = units.flatMap(({ unit, scope, slice, endsInFailure }) => [
    { path: join(lasting, `${unit}.d`, dropInName(name)), text: dropInText(bundle, scope, slice) },
    ...(unit.endsWith('.service')
      ? [{ path: join(passing, `${unit}.d`, endingName(name)), text: endingText(bundle, endsInFailure) }]
      : []),
  ]);
  if (bootThaw !== undefined)
    files.push({ path: join(lasting, bootUnit(name)), text: bootUnitText(bundle, bootThaw) });
  try {
    for (const { path } of files) {
      const { owner, mark } = readUnitFile(await readFile(path, 'utf8').catch(() => ''));
      if (inUse(owner)) return `another ckpt has begun to freeze something as ${name}`;
      if (mark !== undefined && mark !== bundle.mark && existsSync(mark))
        return `another store holds ${mark}: choose another --name`;
    }
    for (const { path, text } of files) await placeFile(path, text);
    if (bootThaw !== undefined) await wish(join(lasting, bootUnit(name)));
  } catch (error) {
    return messageOf(error);
  }
  // Who is not running yet reads its files when it starts.
  return units.length === 0 ? undefined : reload();
}

/** What was taken back of what systemd was told. */
export interface Released {
  /** The units that can be started again. */
  readonly units: readonly string[];
  /** Why systemd has not read it yet, undefined when it has. The next release tells it once more. */
  readonly problem: string | undefined;
}

/** As `systemctl enable` does it, which reads all units for it. */
async function wish(path: string): Promise<void> {
  const link = wishFor(path);
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(path, link);
  await syncPlace(dirname(link));
}

/**
 * Removes the files that mean nothing any more: their bundles were thawed or removed, and what was thawed has ended.
 * @param inUse whether the owner of a file goes on, and only has not made its bundle yet
 */
export async function releaseUnused(inUse: (owner: string) => boolean, files = SYSTEM): Promise<Released> {
  const unread = join(files.passing, UNREAD);
  const removed: string[] = [];
  const left = new Set<string | undefined>();
  let changed = existsSync(unread);
  for (const file of await heldFiles(files)) {
    const used = file.paths.some(existsSync) || isOutOfSight(file) || inUse(file.owner);
    // Whoever is cut off between here and the reload has it made up for. Where there is no place for the mark, only now.
    if (!used && !existsSync(unread)) await placeFile(unread, '').catch(() => {});
    // What may not be removed means nothing all the same.
    if (used || !(await isRemoved(file))) {
      left.add(file.unit);
      continue;
    }
    changed = true;
    if (file.unit !== undefined) removed.push(file.unit);
  }
  const problem = changed ? await files.reload() : undefined;
  if (problem === undefined) await rm(unread, { force: true }).catch(() => {});
  return { units: [...new Set(removed)].filter(unit => !left.has(unit)), problem };
}

/** A store that is not mounted may hold a bundle that waits. */
function isOutOfSight({ mark, mountpoint }: OurFile): boolean {
  if (mark === undefined) return false;
  if (!existsSync(dirname(dirname(mark)))) return true;
  return mountpoint !== undefined && mountpointOf(mountpoint) !== mountpoint;
}

/** A bundle of which only what systemd was told is there. */
export interface AwayBundle {
  readonly name: string;
  /** What is to be mounted first. */
  readonly place: string;
  readonly thawedAtBoot: boolean;
  readonly units: readonly string[];
}

/** The bundles of a store that this machine waits for, though their store is not mounted. */
export async function bundlesAway(store: string, files = SYSTEM): Promise<readonly AwayBundle[]> {
  const away = (await heldFiles(files)).filter(
    file => file.mark !== undefined && dirname(dirname(file.mark)) === store && isOutOfSight(file),
  );
  return [...new Set(away.flatMap(({ mark }) => mark ?? []))].map(mark => {
    const ours = away.filter(file => file.mark === mark);
    const place = ours.find(({ mountpoint }) => mountpoint !== undefined)?.mountpoint ?? store;
    const thawedAtBoot = ours.some(({ unit }) => unit === undefined);
    const units = [...new Set(ours.flatMap(({ unit }) => unit ?? []))];
    return { name: basename(dirname(mark)), place, thawedAtBoot, units };
  });
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

/** The units that are not started while one of these scopes is there, or while the bundle with this mark waits. */
export async function unitsHeldFor(
  { scopes = [], mark }: { readonly scopes?: readonly string[]; readonly mark?: string },
  files = SYSTEM,
): Promise<readonly string[]> {
  const ends = new Set(scopes);
  if (ends.size === 0 && mark === undefined) return [];
  const names = (path: string): boolean => path === mark || ends.has(basename(path));
  const held = (await heldFiles(files)).filter(({ paths }) => paths.some(names));
  return [...new Set(held.flatMap(({ unit }) => unit ?? []))];
}

/** The scopes for which a unit is held back: its processes may live in one of them. */
export async function scopesInPlaceOf(unit: string, files = SYSTEM): Promise<readonly string[]> {
  const paths = (await heldFiles(files)).flatMap(file => (file.unit === unit ? file.paths : []));
  return [...new Set(paths.map(path => basename(path)).filter(name => name.endsWith('.scope')))];
}

export interface OurFile {
  readonly path: string;
  /** The unit that it holds back, if it does. */
  readonly unit: string | undefined;
  readonly paths: readonly string[];
  readonly mark: string | undefined;
  readonly owner: string;
  readonly mountpoint: string | undefined;
}

/** All files of ours that systemd reads. */
export async function heldFiles({ lasting, passing } = SYSTEM): Promise<readonly OurFile[]> {
  return [...(await oursIn(lasting)), ...(await oursIn(passing))];
}

async function oursIn(folder: string): Promise<readonly OurFile[]> {
  const names = await readdir(folder).catch(() => []);
  const paths = names.filter(name => BOOT_UNIT.test(name)).map(name => join(folder, name));
  for (const name of names.filter(one => one.endsWith('.d'))) {
    const dropIns = await readdir(join(folder, name)).catch(() => []);
    paths.push(...dropIns.filter(one => DROP_IN.test(one)).map(one => join(folder, name, one)));
  }
  return (await Promise.all(paths.map(readOurFile))).flatMap(file => file ?? []);
}

/** One that cannot be read may hold something back: nothing is known of it, and it stays. */
async function readOurFile(path: string): Promise<OurFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const unit = DROP_IN.test(basename(path)) ? basename(dirname(path)).replace(/\.d$/, '') : undefined;
  return { path, unit, ...readUnitFile(text) };
}

function wishFor(path: string): string {
  return join(dirname(path), 'multi-user.target.wants', basename(path));
}

/**
 * Ends units that are of no use, and has it forgotten that they failed, as a socket does whose service is not started. One
 * that does not end is in nobody's way before a thaw, which says so.
 */
export async function stopUnits(units: readonly string[]): Promise<void> {
  for (const verb of ['stop', 'reset-failed']) await runSystemctl('stop', [verb, '--', ...units]);
}

/** That these have failed is not so: they were frozen. */
export async function forgetFailure(units: readonly string[]): Promise<void> {
  await runSystemctl('stop', ['reset-failed', '--', ...units]);
}

async function reload(): Promise<string | undefined> {
  const { status, stderr, startError, timedOut } = await runSystemctl('reload', ['daemon-reload']);
  if (timedOut) return `systemctl daemon-reload did not end within ${RELOAD_SECONDS} s`;
  return status === 0 ? undefined : (startError ?? stderr.trim());
}
