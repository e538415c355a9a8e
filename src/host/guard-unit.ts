import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fail } from '../errors.js';
import { findProgram } from './find-program.js';
import { guardScript, raiseGuards } from './guard.js';
import { hasGenerator, installGenerator, uninstallGenerator } from './numbers.js';
import { placeFile, syncPlace } from './place-file.js';
import { shellQuoted } from './shell.js';
import { hasSystemd } from './systemd/scope.js';
import { runSystemctl } from './systemd/systemctl.js';
import { quoted } from './systemd/unit-files.js';

export const UNIT = '/etc/systemd/system/ckpt-guard.service';
const UNIT_WISH = '/etc/systemd/system/sysinit.target.wants/ckpt-guard.service';
export const GUARD_SCRIPT = '/etc/ckpt/raise-guards';

/**
 * Ordered before network-pre.target, which is before anything that configures an interface (systemd.special(7)), but for
 * cloud-init, which asks for a first address. Stopped with the store's mount: what owns the guards' rules stays nevertheless.
 */
function unitText(store: string): string {
  return `[Unit]
Description=Keep the PIDs and the TCP connections of frozen processes
DefaultDependencies=no
After=local-fs.target systemd-modules-load.service systemd-sysctl.service
Before=network-pre.target cloud-init-local.service
Wants=network-pre.target
RequiresMountsFor=${quoted(store)}

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
ExecStart=${GUARD_SCRIPT}
ExecReload=${GUARD_SCRIPT}

[Install]
WantedBy=sysinit.target
`;
}

/** The guards that are raised at boot, by systemd or by a hook of ours in another init: of this store, of another, or none. */
export type InstalledGuard = 'this' | 'other' | 'none';

/** What is half there (a command that was cut off, a unit that was disabled) is as good as none. */
export function installedGuard(store: string): InstalledGuard {
  if (!existsSync(GUARD_SCRIPT)) return 'none';
  // What was made for systemd (before another init came, or for another machine's disk) is run by nobody else.
  if (hasSystemd() ? !(existsSync(UNIT_WISH) && hasGenerator()) : existsSync(UNIT)) return 'none';
  const text = readFileSync(GUARD_SCRIPT, 'utf8');
  if (text === guardScript(store)) return 'this';
  // An older ckpt's, of the same store.
  return text.includes(`${shellQuoted(store)}/*/`) ? 'none' : 'other';
}

/** Whether systemd raises the guards of this store, and can do so now. */
export function isRaisedByUnit(store: string): boolean {
  return hasSystemd() && installedGuard(store) === 'this';
}

/** Whether the program that loads the guard's rules is here. `path` as in PATH. */
export function hasNft(path?: string): boolean {
  return findProgram('nft', path) !== undefined;
}

/**
 * Puts the script where another init runs it. A copy in our own place says that this was done. Throws `guard-failed` where the
 * folder for it is not there: no init looks into one that we make.
 */
export async function installHook(path: string, store: string): Promise<void> {
  const folder = dirname(resolve(path));
  if (!existsSync(folder))
    throw fail('guard-failed', { problem: `there is no folder ${folder}, so no init looks into it` });
  // A unit that nobody runs would speak against the script (see `installedGuard`).
  if (!hasSystemd()) for (const file of [UNIT, UNIT_WISH]) await rm(file, { force: true });
  await placeFile(path, guardScript(store), 0o755);
  await placeFile(GUARD_SCRIPT, guardScript(store), 0o755);
}

/** Makes systemd raise the guards, and keep numbers free, at every boot; throws `guard-failed` where there is no systemd. */
export async function installGuard(store: string): Promise<void> {
  if (!hasSystemd()) throw fail('guard-failed', { problem: 'systemd does not run this machine' });
  const earlier = existsSync(UNIT) ? readFileSync(UNIT, 'utf8') : undefined;
  await placeFile(UNIT, unitText(store));
  await installGenerator();
  try {
    await systemctl('enable', 'ckpt-guard.service');
  } catch (cause) {
    // Half a guard keeps nothing, and a whole one of before is as good as it was.
    if (earlier !== undefined) await placeFile(UNIT, earlier);
    else await removeParts();
    throw cause;
  }
  await syncPlace(dirname(UNIT_WISH));
  await placeFile(GUARD_SCRIPT, guardScript(store), 0o755);
}

/**
 * Has systemd raise the guards now, among its own services: what is started from a login ends with it, and a shutdown begins
 * with the logins. Gives what went wrong.
 */
export async function raiseByUnit(): Promise<string | undefined> {
  const result = await runSystemctl('raise', ['reload-or-restart', 'ckpt-guard.service']);
  if (result.timedOut) return 'systemctl did not end in time';
  return result.status === 0 ? undefined : (result.startError ?? result.stderr.trim());
}

/** Raises the guards of all bundles that wait, by systemd where it does so at boot. What stands already stays as it is. */
export async function raiseAllGuards(store: string): ReturnType<typeof raiseGuards> {
  const byUnit = isRaisedByUnit(store) ? await raiseByUnit() : undefined;
  return { ...(byUnit === undefined ? {} : { problem: byUnit }), ...(await raiseGuards(store)) };
}

/** Also where systemd does not run (any more): what lies there for it would be run once it does. */
export async function uninstallGuard(): Promise<void> {
  if (hasSystemd()) await systemctl('disable', 'ckpt-guard.service');
  await rm(UNIT_WISH, { force: true });
  await removeParts();
  await rm(GUARD_SCRIPT, { force: true });
}

async function removeParts(): Promise<void> {
  await uninstallGenerator();
  await rm(UNIT, { force: true });
}

async function systemctl(...args: string[]): Promise<void> {
  const result = await runSystemctl('enable', args);
  if (result.status !== 0) {
    const problem = result.startError ? 'this system has no systemctl' : result.stderr.trim();
    throw fail('guard-failed', { problem });
  }
}
