/** Wire values as the JSON of the residue, with their types kept. */
import type { WireMessage, WireValue } from '../../image-format/criu/image-set.js';
import type { CarriedValue } from '../../image-format/neutral/index.js';

export function carry(value: WireValue): CarriedValue {
  if (typeof value === 'bigint') return { int64: value.toString() };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return (value as readonly WireValue[]).map(carry);
  if (typeof value === 'object') return { message: carryMessage(value as WireMessage) };
  return value;
}

export function carryMessage(message: WireMessage): { [field: string]: CarriedValue } {
  const out: { [field: string]: CarriedValue } = {};
  for (const key in message) {
    const value = message[key];
    if (value !== undefined) out[key] = carry(value);
  }
  return out;
}

export function uncarry(value: CarriedValue): WireValue {
  if (Array.isArray(value)) return value.map(uncarry) as readonly WireMessage[];
  if (typeof value !== 'object') return value;
  if ('int64' in value) return BigInt(value.int64);
  if ('bytes' in value) return new Uint8Array(Buffer.from(value.bytes, 'base64'));
  return uncarryMessage(value.message);
}

export function uncarryMessage(message: { readonly [field: string]: CarriedValue }): WireMessage {
  const out: Record<string, WireValue> = {};
  for (const key in message) {
    const value = message[key];
    if (value !== undefined) out[key] = uncarry(value);
  }
  return out;
}
