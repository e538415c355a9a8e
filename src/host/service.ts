import { readCgroup } from './proc/index.js';
import { run } from './run.js';
import { hasSystemd } from './scope.js';

/** A service of systemd whose main process is looked at. */
export interface Service {
  readonly unit: string;
  /** Whether systemd starts it for nobody (systemctl mask). */
  readonly masked: boolean;
  /** Socket units by which systemd listens in its place, and starts it. */
  readonly sockets: readonly string[];
  /** Whether it is started after the network is there, so that it may wait for what waits for that. */
  readonly afterNetwork: boolean;
}

/** Units of which one is reached before network-online.target is (systemd.special(7)). */
const NETWORK: ReadonlySet<string> = new Set(['network.target', 'network-online.target']);

const ASKED = 'MainPID,UnitFileState,TriggeredBy,After';

/** What `systemctl show` says of a service; undefined where `pid` is not its main process. Pure. */
export function parseService(unit: string, pid: number, text: string): Service | undefined {
  const fields = new Map(text.split('\n').map(line => line.split('=', 2) as [string, string]));
  if (Number(fields.get('MainPID')) !== pid) return undefined;
  const words = (name: string): readonly string[] => (fields.get(name) ?? '').split(' ');
  return {
    unit,
    masked: (fields.get('UnitFileState') ?? '').startsWith('masked'),
    sockets: words('TriggeredBy').filter(name => name.endsWith('.socket')),
    afterNetwork: words('After').some(name => NETWORK.has(name)),
  };
}

/** The service of the system's systemd whose main process this is; undefined for all others, and where it cannot be asked. */
export async function serviceOf(pid: number): Promise<Service | undefined> {
  // Services of users lie below user@.service and are their own managers' to say.
  const path = readCgroup(pid) ?? '';
  const unit = path.includes('/user@') ? undefined : /([^/]+\.service)$/.exec(path)?.[1];
  if (unit === undefined || !hasSystemd()) return undefined;
  const result = await run('systemctl', ['show', '-p', ASKED, '--', unit], {
    limit: 10_000,
    onLimit: 'report',
  });
  return result.status === 0 ? parseService(unit, pid, result.stdout) : undefined;
}
