/** What this machine calls its users and groups, and what its processor can do. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** The words of `MachineFacts` in src/converters/machine.ts. */
export interface ThisMachine {
  readonly processor?: { readonly name?: string; readonly features: string[] };
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** The first processor's part of /proc/cpuinfo is shorter than this; the whole is long on a large machine. */
const ENOUGH = 16 * 1024;

/** The processor and the accounts that files of this machine name; users of a directory service are not among them. */
export function thisMachine(): ThisMachine {
  const processor = processorIn(readStart('/proc/cpuinfo'));
  return {
    ...(processor === undefined ? undefined : { processor }),
    users: accountsIn(readWhole('/etc/passwd')),
    groups: accountsIn(readWhole('/etc/group')),
  };
}

/** The clocks now, in seconds: a tree's timers and timestamps count on them. */
export function clocksNow(): {
  readonly realtime: string;
  readonly monotonic: string;
  readonly boottime?: string;
} {
  const boottime = /^\d+(?:\.\d+)?/.exec(readWhole('/proc/uptime'))?.[0];
  return {
    realtime: (Date.now() / 1000).toFixed(3),
    monotonic: nanoseconds(process.hrtime.bigint()),
    ...(boottime === undefined ? undefined : { boottime }),
  };
}

function nanoseconds(value: bigint): string {
  return `${value / 1_000_000_000n}.${String(value % 1_000_000_000n).padStart(9, '0')}`;
}

/** Names by number in passwd(5) or group(5): name:password:number. The first of several names counts. Pure. */
export function accountsIn(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name = '', , id = ''] = line.split(':');
    if (name === '' || !/^\d+$/.test(id) || names.has(Number(id))) continue;
    names.set(Number(id), name);
  }
  return names;
}

/** The first processor of /proc/cpuinfo: x86 calls its features flags, arm64 Features. Pure. */
export function processorIn(text: string): ThisMachine['processor'] {
  const features = /^(?:flags|Features)\s*: (.*)$/m.exec(text)?.[1];
  if (features === undefined) return undefined;
  const name = /^model name\s*: (.*)$/m.exec(text)?.[1];
  return { ...(name === undefined ? undefined : { name }), features: features.trim().split(/\s+/) };
}

function readStart(path: string): string {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(ENOUGH);
      let length = 0;
      for (let read = -1; read !== 0 && length < ENOUGH; length += read) {
        read = readSync(descriptor, buffer, length, ENOUGH - length, null);
      }
      return buffer.toString('utf8', 0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}

/** A machine without such a file has no names. */
function readWhole(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
