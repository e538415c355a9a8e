import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCgroup } from '../proc/index.js';
import { run } from '../run.js';
import { busPatience } from './bus-patience.js';
import { NO_SETTINGS, type ScopeSettings } from './scope-settings.js';

const MANAGER = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'];

/** How long systemd may take to agree, and then to move the processes, ms: a boot keeps it busy. */
const LIMIT = 300_000;

/** Names of units: letters, digits and a few marks (systemd.unit(5)), of which ours keep those of bundle names. */
export function scopeName(bundle: string, root: number): string {
  return `ckpt-${bundle.replaceAll(/[^A-Za-z0-9:_.-]/g, '_')}-${root}.scope`;
}

/** The scope that a process was thawed into, if it lives in one (see `scopeName`). */
export function ownScope(pid: number): string | undefined {
  return /\/(ckpt-[^/]+\.scope)$/.exec(readCgroup(pid) ?? '')?.[1];
}

/** A process as an administrator finds it again: by name, number, and the unit of systemd that it is of. */
export function whoIs({ name, pid }: { readonly name: string; readonly pid: number }): string {
  const unit = unitHolding(pid);
  return `${name} (PID ${pid}${unit === undefined ? '' : `, of ${unit}`})`;
}

/** The unit that `systemctl stop` ends a process with; none for those of a user's own systemd. */
export function unitHolding(pid: number): string | undefined {
  const path = readCgroup(pid) ?? '';
  return path.includes('/user@') ? undefined : /\/([^/]+\.(?:service|scope))(?:\/|$)/.exec(path)?.[1];
}

/** Whether systemd runs this machine: sd_booted(3). */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** The service in whose control group this process runs, if any: systemd ends what is left there with the service. */
export function ownService(): string | undefined {
  return /([^/]+\.service)$/.exec(readCgroup(process.pid) ?? '')?.[1];
}

/**
 * Puts processes that exist, whoever started them, under systemd's eyes as a scope of their own
 * (org.freedesktop.systemd1(5), StartTransientUnit): they no longer belong to whatever they were started in.
 * @param pids the first of them tells when it is done
 * @param settings of the service that they were; without them where this systemd does not take them
 * @returns what went wrong, undefined when they are there
 */
export async function makeScope(
  name: string,
  pids: readonly number[],
  settings: ScopeSettings = NO_SETTINGS,
): Promise<string | undefined> {
  const properties = [
    ...['Description', 's', `thawed by ckpt: ${name.replace(/\.scope$/, '')}`],
    ...['CollectMode', 's', 'inactive-or-failed'],
    ...['PIDs', 'au', String(pids.length), ...pids.map(String)],
    ...settings.words,
  ];
  const call = [
    'call',
    ...MANAGER,
    'StartTransientUnit',
    'ssa(sv)a(sa(sv))',
    name,
    'fail',
    String(3 + settings.count),
  ];
  const made = await run('busctl', [...call, ...properties, '0'], {
    limit: LIMIT,
    onLimit: 'report',
    env: busPatience(LIMIT),
  });
  if (made.timedOut) return `busctl did not answer within ${LIMIT / 1000} s`;
  if (made.status !== 0) return made.startError ?? made.stderr.trim();
  const deadline = performance.now() + LIMIT;
  while (!(readCgroup(pids[0] ?? 0) ?? '').endsWith(`/${name}`)) {
    if (performance.now() > deadline) return `systemd did not move them within ${LIMIT / 1000} s`;
    await sleep(10);
  }
  return undefined;
}
