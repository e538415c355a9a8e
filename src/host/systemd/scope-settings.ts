import { basename, dirname } from 'node:path';
import { run } from '../run.js';
import { busPatience } from './bus-patience.js';
import type { OurFile } from './held-back.js';
import { SYSTEM_SLICE } from './unit-files.js';

/** What systemd is to make of a scope, as words of `busctl call`: a name, a type and values for each property. */
export interface ScopeSettings {
  readonly count: number;
  readonly words: readonly string[];
}

export const NO_SETTINGS: ScopeSettings = { count: 0, words: [] };

/**
 * Settings of a service that mean something for a scope as well: what its processes may use (systemd.resource-control(5)), and
 * how long, and with what, they are asked to end (systemd.kill(5)). Not KillMode=: in a scope, which has no main process,
 * "mixed" and "process" would ask nobody.
 */
const CARRIED: ReadonlySet<string> = new Set([
  ...['CPUWeight', 'StartupCPUWeight', 'CPUQuotaPerSecUSec', 'CPUQuotaPeriodUSec'],
  ...['AllowedCPUs', 'AllowedMemoryNodes'],
  ...['IOWeight', 'StartupIOWeight', 'IODeviceWeight'],
  ...['IOReadBandwidthMax', 'IOWriteBandwidthMax', 'IOReadIOPSMax', 'IOWriteIOPSMax'],
  ...['MemoryMin', 'MemoryLow', 'MemoryHigh', 'MemoryMax', 'MemorySwapMax', 'TasksMax'],
  ...['IPAddressAllow', 'IPAddressDeny', 'ManagedOOMSwap', 'ManagedOOMMemoryPressure', 'OOMPolicy'],
  ...['KillSignal', 'SendSIGHUP', 'SendSIGKILL', 'TimeoutStopUSec'],
]);

/** How long systemd may take to say them, ms: a boot keeps it busy. */
const LIMIT = 300_000;

/**
 * The settings of the service that a scope stands for, as systemd has them now, and its slice. None where the scope stands
 * for no service of this machine. Throws what stands against it where systemd does not say them.
 * @param held what holds the units of this machine back (`heldFiles`)
 */
export async function settingsOf(scope: string, held: readonly OurFile[]): Promise<ScopeSettings> {
  const file = held.find(
    ({ unit, paths }) => unit?.endsWith('.service') && paths.some(path => basename(path) === scope),
  );
  if (file?.unit === undefined) return NO_SETTINGS;
  const path = `/org/freedesktop/systemd1/unit/${busLabel(file.unit)}`;
  const ask = ['org.freedesktop.DBus.Properties', 'GetAll', 's', 'org.freedesktop.systemd1.Service'];
  const words = ['--json=short', 'call', 'org.freedesktop.systemd1', path, ...ask];
  const answer = await run('busctl', words, {
    limit: LIMIT,
    env: busPatience(LIMIT),
    waitingFor: `busctl to show ${file.unit}`,
  });
  if (answer.status !== 0) throw new Error(answer.startError ?? answer.stderr.trim());
  const slices = file.paths.filter(one => basename(one) === scope).map(sliceHolding);
  return settingsFrom(answer.stdout, slices.at(-1) ?? basename(SYSTEM_SLICE));
}

/** The slice in which a scope with this path has to lie, for only there it is looked for. */
function sliceHolding(path: string): string {
  const parent = dirname(path);
  return parent.endsWith('.slice') ? basename(parent) : '-.slice';
}

/** What the answer of GetAll has of that. Pure. */
export function settingsFrom(answer: string, slice: string): ScopeSettings {
  const { data } = JSON.parse(answer) as { data: [Readonly<Record<string, BusValue>>] };
  // A unit that went with the old kernel (systemd-run) has words without a value, and systemd would refuse them all.
  const carried = Object.entries(data[0]).filter(([name, one]) => CARRIED.has(name) && one.data !== '');
  const words = carried.flatMap(([name, { type, data: value }]) => [name, type, ...wordsFor(type, value)]);
  return { count: carried.length + 1, words: ['Slice', 's', slice, ...words] };
}

/** A value as `busctl --json` writes it. */
interface BusValue {
  readonly type: string;
  readonly data: unknown;
}

/** Larger than what a number of JavaScript can tell apart: "infinity", which is the largest of 64 bits. */
const INFINITY = '18446744073709551615';

/** As `busctl call` takes it: lists begin with their length, and what belongs together stands one behind the other. */
function wordsFor(type: string, value: unknown): readonly string[] {
  if (type.startsWith('a') && Array.isArray(value))
    return [String(value.length), ...value.flatMap(one => wordsFor(type.slice(1), one))];
  if (Array.isArray(value)) return value.flatMap((one, at) => wordsFor(membersOf(type)[at] ?? 's', one));
  return [typeof value === 'number' && value > Number.MAX_SAFE_INTEGER ? INFINITY : String(value)];
}

/** `(iayu)` → `i`, `ay`, `u`. */
function membersOf(type: string): readonly string[] {
  return type.slice(1, -1).match(/a*[a-z]/g) ?? [];
}

/** The last part of an object's path (sd_bus_path_encode(3)). */
function busLabel(unit: string): string {
  return unit.replaceAll(
    /[^A-Za-z0-9]|^[0-9]/g,
    one => `_${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
