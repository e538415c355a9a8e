import { fail } from '../../errors.js';
import { readCgroup } from '../proc/index.js';
import { readStat } from '../proc/process.js';
import { hasSystemd } from './scope.js';
import { runSystemctl } from './systemctl.js';
import { SYSTEM_SLICE } from './unit-files.js';

/** A service of systemd that ends when a tree ends. */
export interface Service {
  readonly unit: string;
  /** Whether systemd starts it for nobody (systemctl mask). */
  readonly masked: boolean;
  /** Units by which systemd listens or watches in its place, and starts it. */
  readonly triggers: readonly string[];
  /** Whether it is started after the network is there, so that it may wait for what waits for that. */
  readonly afterNetwork: boolean;
  /** Whether a boot, or a login in it, needs it before anything can be thawed or mended. */
  readonly ofBoot: boolean;
  /** Whether it is started before the network, which another service brings up: a routing daemon, a resolver. */
  readonly besideNetwork: boolean;
  /** What it is in the midst of, where that is neither running nor being over: as a oneshot always is. */
  readonly changing: 'activating' | 'deactivating' | undefined;
  /** Whether its end is a success to nobody: what comes behind it (ExecStart=, OnSuccess=, who waits for it) must not begin. */
  readonly endsInFailure: boolean;
  /** Units that systemd starts even so (OnFailure=). */
  readonly calls: readonly string[];
  /** Whether systemd ends the other processes of the unit when its main process ends. */
  readonly endsOthers: boolean;
  /** Running units that systemd stops when this one is not there: those bound to it, and those that nobody else needs. */
  readonly takesAlong: readonly string[];
}

/** What `systemctl show` says of a unit. */
export interface ShownService extends Omit<Service, 'besideNetwork' | 'takesAlong'> {
  /** Whether it is started before the network is there; who brings that up, and who only uses it, does not show in that. */
  readonly beforeNetwork: boolean;
  /** 0 where systemd does not know which of its processes that is. */
  readonly mainPid: number;
  /** Units that may be stopped with it (BindsTo= there, StopWhenUnneeded= there). */
  readonly bound: readonly string[];
  readonly needed: readonly string[];
}

/** Units of which one is reached before network-online.target is (systemd.special(7)). */
const NETWORK: ReadonlySet<string> = new Set(['network.target', 'network-online.target']);

/** Units that a boot reaches before the network: file systems, devices, the firewall (systemd.special(7)). */
const EARLY: ReadonlySet<string> = new Set([
  'sysinit.target',
  'basic.target',
  'local-fs-pre.target',
  'local-fs.target',
  'remote-fs-pre.target',
  'network-pre.target',
]);

/** Services that give a machine its addresses, as Debian's packages name them. No unit says that it does. */
const PROVIDERS = [
  ...['systemd-networkd.service', 'NetworkManager.service', 'networking.service', 'dhcpcd.service'],
  ...['connman.service', 'wicked.service', 'cloud-init-local.service'],
];
/** Those, and what they need for it: the radio, a switch in which the addresses lie, the client of one interface. */
const OF_NETWORK =
  /^(?:wpa_supplicant|iwd|openvswitch-switch|ovs-vswitchd|ovsdb-server|ifup|dhclient|udhcpc|wickedd.*|dhcpcd)(?:@.*)?\.service$/;

/** Who lets an administrator in, and answers `systemctl`, if all else fails. */
const DOORS =
  /^(?:sshd?|dropbear|dbus|dbus-broker|systemd-logind|(?:serial-|container-|console-)?getty(?:@.*)?)\.service$/;

const ASKED = [
  ...['MainPID', 'UnitFileState', 'TriggeredBy', 'After', 'Before'],
  ...['Type', 'ActiveState', 'KillMode', 'OnSuccess', 'OnFailure'],
  ...['BoundBy', 'Wants', 'Requires', 'Requisite', 'BindsTo'],
].join(',');

/** Units that run as long as somebody needs them, where they are told to. */
const NEEDED = /\.(?:service|socket|path|timer)$/;

/** Pure. */
export function parseService(unit: string, text: string): ShownService {
  const fields = new Map(text.split('\n').flatMap(fieldOf));
  const words = (name: string): readonly string[] =>
    (fields.get(name) ?? '').split(' ').filter(word => word !== '');
  const state = fields.get('ActiveState');
  const oneshot = fields.get('Type') === 'oneshot';
  const endsInFailure = oneshot || words('OnSuccess').length > 0;
  return {
    unit,
    mainPid: Number(fields.get('MainPID') ?? 0),
    masked: (fields.get('UnitFileState') ?? '').startsWith('masked'),
    // What listens for many instances, one for each connection (Accept=), listens on without this one.
    triggers: words('TriggeredBy').filter(
      name => /\.(socket|path)$/.test(name) && (name.includes('@') || !unit.includes('@')),
    ),
    afterNetwork: words('After').some(name => NETWORK.has(name)),
    ofBoot:
      [DOORS, OF_NETWORK].some(pattern => pattern.test(unit)) ||
      PROVIDERS.includes(unit) ||
      words('Before').some(name => EARLY.has(name)),
    beforeNetwork: words('Before').some(name => NETWORK.has(name)),
    changing: state === 'deactivating' || (state === 'activating' && !oneshot) ? state : undefined,
    endsInFailure,
    calls: endsInFailure ? words('OnFailure') : [],
    // systemd.kill(5).
    endsOthers:
      Number(fields.get('MainPID') ?? 0) !== 0 && !['process', 'none'].includes(fields.get('KillMode') ?? ''),
    bound: words('BoundBy'),
    needed: ['Wants', 'Requires', 'Requisite', 'BindsTo'].flatMap(words).filter(name => NEEDED.test(name)),
  };
}

/** `NAME=VALUE`, where the value may have that sign, too; none for the empty line at the end. */
function fieldOf(line: string): readonly (readonly [name: string, value: string])[] {
  const at = line.indexOf('=');
  return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
}

/**
 * The service of the system's systemd that ends with the tree of this root: its main process is in the tree, or, where
 * systemd knows of none (Type=forking without a PID file), the root has no other parent than systemd. undefined for others.
 * Throws `service-not-held` where systemd does not answer.
 */
export async function serviceOf(root: number): Promise<Service | undefined> {
  // Services of users lie below user@.service and are their own managers' to say.
  const path = readCgroup(root) ?? '';
  const unit = path.includes('/user@') ? undefined : /\/([^/]+\.service)(?:\/|$)/.exec(path)?.[1];
  if (unit === undefined || !hasSystemd()) return undefined;
  const { mainPid, beforeNetwork, bound, needed, ...shownOnly } = await shown(unit);
  const ends = mainPid === 0 ? readStat(root)?.parent === 1 : isAbove(root, mainPid);
  if (!ends) return undefined;
  const service = { ...shownOnly, takesAlong: await stoppedWith(bound, needed) };
  if (service.ofBoot || !beforeNetwork) return { ...service, besideNetwork: false };
  // One that may be all the network that there is keeps the machine in reach.
  const besideNetwork = await hasProvider();
  return { ...service, ofBoot: !besideNetwork, besideNetwork };
}

/** Whether one of the services that are known to bring a network up did so in this boot. */
async function hasProvider(): Promise<boolean> {
  const shown = await runSystemctl('answer', ['show', '-p', 'ActiveState', '--', ...PROVIDERS]);
  return /^ActiveState=active$/m.test(shown.stdout);
}

/** Those of them that run, and that systemd stops by itself. */
async function stoppedWith(bound: readonly string[], needed: readonly string[]): Promise<readonly string[]> {
  if (bound.length + needed.length === 0) return [];
  const words = ['show', '-p', 'Id,ActiveState,StopWhenUnneeded', '--', ...bound, ...needed];
  return parseStoppedWith(bound, (await runSystemctl('answer', words)).stdout);
}

/** Pure: one paragraph for each unit. */
export function parseStoppedWith(bound: readonly string[], text: string): readonly string[] {
  const units = text.split('\n\n').flatMap(paragraph => {
    const id = /^Id=(.*)$/m.exec(paragraph)?.[1];
    const runs = /^ActiveState=(?:active|activating|reloading)$/m.test(paragraph);
    const stops = bound.includes(id ?? '') || /^StopWhenUnneeded=yes$/m.test(paragraph);
    return id !== undefined && runs && stops ? [id] : [];
  });
  return [...new Set(units)];
}

/** Whether a service is started after the network is there. Throws `service-not-held` as above. */
export async function isAfterNetwork(unit: string): Promise<boolean> {
  return (await shown(unit)).afterNetwork;
}

async function shown(unit: string): Promise<ShownService> {
  const words = ['show', '-p', ASKED, '--', unit];
  const result = await runSystemctl('answer', words);
  if (result.status !== 0) {
    const why = result.timedOut ? 'it did not end in time' : (result.startError ?? result.stderr.trim());
    throw fail('service-not-held', { units: unit, problem: `systemctl ${words.join(' ')}: ${why}` });
  }
  return parseService(unit, result.stdout);
}

/** The slice that the unit of a process lies in, as a path below the root of the control groups; none is ''. */
export function sliceOf(pid: number): string {
  return /^((?:\/[^/]+\.slice)*)\//.exec(readCgroup(pid) ?? '')?.[1] ?? SYSTEM_SLICE;
}

function isAbove(root: number, pid: number): boolean {
  for (let at = pid; at > 1; at = readStat(at)?.parent ?? 0) if (at === root) return true;
  return false;
}
