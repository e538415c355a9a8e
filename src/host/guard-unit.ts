import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { fail } from '../errors.js';
import { guardScript } from './guard.js';
import { run } from './run.js';

export const UNIT = '/etc/systemd/system/ckpt-guard.service';
const SCRIPT = '/etc/ckpt/raise-guards';

/** Ordered before network-pre.target, which is before anything that configures an interface (systemd.special(7)). */
function unitText(store: string): string {
  return `[Unit]
Description=Keep the PIDs and the TCP connections of frozen processes
DefaultDependencies=no
After=local-fs.target systemd-modules-load.service systemd-sysctl.service
Before=network-pre.target
Wants=network-pre.target
RequiresMountsFor=${store}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${SCRIPT}

[Install]
WantedBy=sysinit.target
`;
}

/** Whether something raises the guards of this store at boot: systemd, or another init by a hook of ours. */
export function guardInstalled(store: string): boolean {
  return existsSync(SCRIPT) && readFileSync(SCRIPT, 'utf8') === guardScript(store);
}

/** Whether the program that loads the guard's rules is here. `path` as in PATH. */
export function hasNft(path = ''): boolean {
  return path.split(delimiter).some(folder => isAbsolute(folder) && existsSync(join(folder, 'nft')));
}

/** Puts the script where another init runs it. A copy in our own place says that this was done. */
export async function installHook(path: string, store: string): Promise<void> {
  await writeScript(SCRIPT, guardScript(store));
  await writeScript(path, guardScript(store));
}

async function writeScript(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
}

/** Makes systemd raise the guards at every boot; throws `guard-failed` where there is no systemd. */
export async function installGuard(store: string): Promise<void> {
  await writeScript(SCRIPT, guardScript(store));
  await writeFile(UNIT, unitText(store));
  await systemctl('enable', 'ckpt-guard.service');
}

export async function uninstallGuard(): Promise<void> {
  await systemctl('disable', 'ckpt-guard.service');
  await rm(UNIT, { force: true });
  await rm(SCRIPT, { force: true });
}

async function systemctl(...args: string[]): Promise<void> {
  const result = await run('systemctl', args, { waitingFor: `systemctl ${args.join(' ')}` });
  if (result.status !== 0) {
    const problem = result.startError ? 'this system has no systemctl' : result.stderr.trim();
    throw fail('guard-failed', { problem });
  }
}
