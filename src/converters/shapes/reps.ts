/** Representations of wire values: how numbers, addresses, names, sets, bytes and references look in the document. */

import { fail } from '../../errors.js';
import type { WireMessage, WireValue } from '../../image-format/criu/image-set.js';
import { SIGNAL_NAMES } from '../../image-format/neutral/words/signals.js';
import { liftMessage, lowerMessage, type Rep, type Shape } from './shape.js';

type Names = Readonly<Record<string, number>>;

/** The value as it is: a 32-bit number, a truth value, text. */
function same<T extends number | boolean | string>(): Rep<T> {
  return { lift: value => value as T, lower: value => value };
}
export const number = same<number>();
export const boolean = same<boolean>();
export const text = same<string>();

/** A 64-bit integer as a decimal string. */
export const decimal: Rep<string> = {
  lift: value => String(value),
  lower: value => BigInt(value),
};

/** A 64-bit integer as hexadecimal. */
export const hex: Rep<string> = {
  lift: value => `0x${(value as bigint).toString(16)}`,
  lower: value => BigInt(value),
};

/** A signed 64-bit integer that holds an unsigned one, or the other way round, stays decimal; 32 bits as hexadecimal. */
export const hex32: Rep<string> = {
  lift: value => `0x${(value as number).toString(16)}`,
  lower: value => Number(value),
};

/** Bytes as base64. */
export const base64: Rep<string> = {
  lift: value => Buffer.from(value as Uint8Array).toString('base64'),
  lower: value => new Uint8Array(Buffer.from(value, 'base64')),
};

/** 32-bit words as base64 of their little-endian bytes. */
export const words64: Rep<string> = {
  lift: value => {
    const list = value as readonly number[];
    const bytes = Buffer.alloc(list.length * 4);
    list.forEach((word, i) => {
      bytes.writeUInt32LE(word, i * 4);
    });
    return bytes.toString('base64');
  },
  lower: value => {
    const bytes = Buffer.from(value, 'base64');
    return Array.from({ length: bytes.length >>> 2 }, (_, i) => bytes.readUInt32LE(i * 4));
  },
};

/** Groups of `size` 32-bit words as one wide hexadecimal number each, the first word lowest. */
export function wide(size: number): Rep<string[]> {
  return {
    lift: value => {
      const list = value as readonly number[];
      const out: string[] = [];
      for (let i = 0; i < list.length; i += size) {
        let digits = '';
        for (let k = Math.min(size, list.length - i) - 1; k >= 0; k--) {
          digits += (list[i + k] as number).toString(16).padStart(8, '0');
        }
        out.push(`0x${digits.replace(/^0+(?=.)/, '')}`);
      }
      return out;
    },
    lower: value => {
      const out: number[] = [];
      for (const item of value) {
        const digits = item.slice(2).padStart(size * 8, '0');
        for (let k = size - 1; k >= 0; k--) out.push(Number.parseInt(digits.slice(k * 8, k * 8 + 8), 16));
      }
      return out;
    },
  };
}

/** A number by its name in a table; `#N` where it has none. */
export function named<const T extends Names>(table: T): Rep<(keyof T & string) | `#${number}`> {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name]));
  return {
    lift: value => (names.get(value as number) ?? `#${value as number}`) as keyof T & string,
    lower: value => numberOf(table, value),
  };
}

function numberOf(table: Names, name: string): number {
  const known = table[name];
  if (known !== undefined) return known;
  const given = /^#(-?\d+)$/.exec(name)?.[1];
  if (given === undefined)
    throw fail('document-contradictory', { path: '/', detail: `${name} is no name here` });
  return Number(given);
}

/** The bits of a 32- or 64-bit number by their names in a table; `bit-N` where one has none. Lists are shared: do not change them. */
export function bits<const T extends Names>(
  table: T,
  width: 32 | 64 = 32,
): Rep<((keyof T & string) | `bit-${number}`)[]> {
  type Item = (keyof T & string) | `bit-${number}`;
  const known = new Map<number, string>();
  for (const [name, value] of Object.entries(table)) known.set(Math.log2(value >>> 0), name);
  const lifted = new Map<number | bigint, Item[]>();
  const bitOf = (name: string): number => {
    const value = table[name];
    if (value !== undefined) return Math.log2(value >>> 0);
    const given = /^bit-(\d+)$/.exec(name)?.[1];
    if (given === undefined || Number(given) >= width)
      throw fail('document-contradictory', { path: '/', detail: `${name} is no flag here` });
    return Number(given);
  };
  return {
    lift: value => {
      const key = value as number | bigint;
      const before = lifted.get(key);
      if (before !== undefined) return before;
      const list: Item[] = [];
      for (let rest = BigInt(key), bit = 0; rest > 0n; rest >>= 1n, bit++) {
        if ((rest & 1n) === 1n) list.push((known.get(bit) ?? `bit-${bit}`) as Item);
      }
      if (lifted.size < 4096) lifted.set(key, list);
      return list;
    },
    lower: value => {
      if (width === 64) return value.reduce((sum, name) => sum | (1n << BigInt(bitOf(name))), 0n);
      return value.reduce((sum, name) => (sum | (1 << bitOf(name))) >>> 0, 0);
    },
  };
}

/** A set of signals as a 64-bit mask, bit 0 for signal 1. */
export const signalMask: Rep<string[]> = {
  lift: value => {
    const list: string[] = [];
    for (let rest = value as bigint, signal = 1; rest > 0n; rest >>= 1n, signal++) {
      if ((rest & 1n) === 1n) list.push(SIGNAL_NAMES[signal] as string);
    }
    return list;
  },
  lower: value => value.reduce((mask, name) => mask | (1n << BigInt(SIGNAL_NAMES.indexOf(name) - 1)), 0n),
};

/** A signal by name. */
export const signal: Rep<string> = {
  lift: value => SIGNAL_NAMES[value as number] || `#${value as number}`,
  lower: value => (value.startsWith('#') ? Number(value.slice(1)) : SIGNAL_NAMES.indexOf(value)),
};

/** A reference to an object of the document by the number that the wire knows it by. */
export function reference(kind: string): Rep<string> {
  return {
    lift: value => `${kind}-${value as number}`,
    lower: value => Number(value.slice(kind.length + 1)),
  };
}

/** A nested message. */
export function nested<T>(table: Shape<T>): Rep<T> {
  return {
    lift: value => liftMessage(table, value as WireMessage),
    lower: value => lowerMessage(table, value),
  };
}

/** A repeated value. */
export function list<T>(rep: Rep<T>): Rep<T[]> {
  return {
    lift: value => (value as readonly WireValue[]).map(item => rep.lift(item)),
    lower: value => value.map(item => rep.lower(item)) as readonly WireMessage[],
  };
}

/** The one field of a message that holds nothing else. */
export function inside<T>(field: string, rep: Rep<T>): Rep<T> {
  return {
    lift: value => rep.lift((value as WireMessage)[field] ?? []),
    lower: value => {
      const inner = rep.lower(value);
      return Array.isArray(inner) && inner.length === 0 ? {} : { [field]: inner };
    },
  };
}

/** A field that the document leaves out when it holds `value`, and the wire always has. */
export function silently<T>(value: WireValue, rep: Rep<T>): Rep<T> {
  return { ...rep, silent: value };
}

/** Device numbers as the kernel keeps them inside: 12 bits major, 20 bits minor. */
export const device: Rep<{ major: number; minor: number }> = {
  lift: value => ({ major: (value as number) >>> 20, minor: (value as number) & 0xfffff }),
  lower: value => ((value.major << 20) | value.minor) >>> 0,
};

/** Device numbers as old programs see them: 8 bits major, 8 bits minor, and the rest of both above (makedev(3)). */
export const oldDevice: Rep<{ major: number; minor: number }> = {
  lift: value => {
    const v = value as number;
    return { major: (v >>> 8) & 0xfff, minor: (v & 0xff) | ((v >>> 12) & 0xfff00) };
  },
  lower: value =>
    ((value.minor & 0xff) | ((value.major & 0xfff) << 8) | ((value.minor & 0xfff00) << 12)) >>> 0,
};
