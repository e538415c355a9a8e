import { readCgroup } from './proc/index.js';
import { run } from './run.js';
import { hasSystemd } from './scope.js';

/** A service of systemd whose main process is looked at. */
export interface Service {
  readonly unit: string;
  /** Whether systemd starts it anew when its main process is killed. */
  readonly restarts: boolean;
  /** Whether systemd starts it at each boot. */
  readonly enabled: boolean;
}

/** Values of Restart= that hold for a process that SIGKILL ended, as CRIU ends it (systemd.service(5), table 1). */
const AFTER_KILL: ReadonlySet<string> = new Set(['always', 'on-failure', 'on-abnormal', 'on-abort']);

/**
 * Values of UnitFileState (org.freedesktop.systemd1(5)) of a unit that something starts at boot: what is enabled at run
 * time is mostly what a generator enables again (postgresql@.service).
 */
const AT_BOOT: ReadonlySet<string> = new Set(['enabled', 'enabled-runtime', 'generated']);

/** What `systemctl show` says of a service; undefined where `pid` is not its main process. Pure. */
export function parseService(unit: string, pid: number, text: string): Service | undefined {
  const fields = new Map(text.split('\n').map(line => line.split('=', 2) as [string, string]));
  if (Number(fields.get('MainPID')) !== pid) return undefined;
  const file = fields.get('UnitFileState') ?? '';
  return {
    unit,
    restarts: AFTER_KILL.has(fields.get('Restart') ?? '') && !file.startsWith('masked'),
    enabled: AT_BOOT.has(file),
  };
}

/** The service of the system's systemd whose main process this is; undefined for all others, and where it cannot be asked. */
export async function serviceOf(pid: number): Promise<Service | undefined> {
  // Services of users lie below user@.service and are their own managers' to say.
  const path = readCgroup(pid) ?? '';
  const unit = path.includes('/user@') ? undefined : /([^/]+\.service)$/.exec(path)?.[1];
  if (unit === undefined || !hasSystemd()) return undefined;
  const result = await run('systemctl', ['show', '-p', 'MainPID,Restart,UnitFileState', '--', unit], {
    limit: 10_000,
    onLimit: 'report',
  });
  return result.status === 0 ? parseService(unit, pid, result.stdout) : undefined;
}
