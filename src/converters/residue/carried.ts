/** Wire values as the JSON of the residue, with their types kept. */
import { fail } from '../../errors.js';
import type { WireMessage, WireValue } from '../../image-format/criu/image-set.js';
import type { CarriedValue } from '../../image-format/neutral/index.js';

/**
 * Most values that one dump may hold beyond what the document has words for. They take several hundred bytes each, and a
 * stranger's images could be nothing else.
 */
const MOST_CARRIED = 1_000_000;

/** Counts what is carried. */
export class CarryBudget {
  spent = 0;

  /** @throws image-excessive */
  spend(values: number, where: string): void {
    this.spent += values;
    if (this.spent <= MOST_CARRIED) return;
    const detail = `more than ${MOST_CARRIED} values of it are such that this ckpt has no words for them`;
    throw fail('image-excessive', { where, detail });
  }
}

/** How many values there are in a value. */
export function countValues(value: WireValue): number {
  if (typeof value !== 'object' || value instanceof Uint8Array) return 1;
  let count = 1;
  if (Array.isArray(value)) for (const item of value as readonly WireValue[]) count += countValues(item);
  else for (const key in value) count += countValues((value as WireMessage)[key] as WireValue);
  return count;
}

/** A value of the wire as JSON can hold it: integers of 64 bits as text, bytes as base64, each in an object that says so. */
export function carry(value: WireValue): CarriedValue {
  if (typeof value === 'bigint') return { int64: value.toString() };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return (value as readonly WireValue[]).map(carry);
  if (typeof value === 'object') return { message: carryMessage(value as WireMessage) };
  return value;
}

/** The same for each field of a message; fields without a value are left out. */
export function carryMessage(message: WireMessage): { [field: string]: CarriedValue } {
  const out: { [field: string]: CarriedValue } = {};
  for (const key in message) {
    const value = message[key];
    if (value !== undefined) out[key] = carry(value);
  }
  return out;
}

/** The value of the wire that `carry` was given. */
export function uncarry(value: CarriedValue): WireValue {
  if (Array.isArray(value)) return value.map(uncarry) as readonly WireMessage[];
  if (typeof value !== 'object') return value;
  if ('int64' in value) return BigInt(value.int64);
  if ('bytes' in value) return new Uint8Array(Buffer.from(value.bytes, 'base64'));
  return uncarryMessage(value.message);
}

/** The message that `carryMessage` was given. */
export function uncarryMessage(message: { readonly [field: string]: CarriedValue }): WireMessage {
  const out: Record<string, WireValue> = {};
  for (const key in message) {
    const value = message[key];
    if (value !== undefined) out[key] = uncarry(value);
  }
  return out;
}
