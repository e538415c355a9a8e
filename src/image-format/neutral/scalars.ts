/** The building blocks of the document: how numbers, addresses, names, bytes and references are written in JSON. */
import { z } from 'zod';

const U64 = /^(?:0|[1-9]\d{0,19})$/;
const I64 = /^(?:0|-?[1-9]\d{0,18})$/;
const HEX = /^0x(?:0|[1-9a-f][0-9a-f]*)$/;

/** Unsigned 32-bit integer, a JSON number. */
export const u32 = z.int().min(0).max(0xffffffff);
/** Signed 32-bit integer, a JSON number. */
export const i32 = z.int().min(-0x80000000).max(0x7fffffff);
/** Unsigned integer up to 2^53, a JSON number (offsets and counts that a file can have). */
export const count = z.int().min(0);
/** Unsigned 64-bit integer: a decimal string, since JSON numbers lose precision over 2^53. */
export const u64 = z.string().regex(U64);
/** Signed 64-bit integer: a decimal string. */
export const i64 = z.string().regex(I64);
/** An address, register or bit mask of up to 64 bits: lower-case hexadecimal with 0x and no leading zero. */
export const hex64 = z.string().regex(HEX).max(18);
/** A vector register or other wide value: lower-case hexadecimal with 0x and no leading zero. */
export const hexWide = z
  .string()
  .regex(HEX)
  .max(2 + 2048);
/** Bytes that are part of the document: base64. */
export const base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
/**
 * Text that Linux treats as bytes (a path, a process name). Bytes that are not UTF-8 stand as lone surrogates
 * U+DC80..U+DCFF, as in Python's surrogateescape.
 */
export const text = z.string();

/** A number that names a thing of this table: its Linux name, or `#N` for a number without a name here. */
export function oneOf<const T extends Readonly<Record<string, number>>>(table: T) {
  const names = Object.keys(table) as [keyof T & string, ...(keyof T & string)[]];
  return z.union([z.enum(names), z.templateLiteral(['#', z.int()])]);
}

/** A set of bits: the Linux names of those that are set, lowest first, and `bit-N` for a bit without a name here. */
export function setOf<const T extends Readonly<Record<string, number>>>(table: T) {
  const names = Object.keys(table) as (keyof T & string)[];
  return z.array(z.union([z.enum(names), z.templateLiteral(['bit-', z.int().min(0)])]));
}

/** A reference to an object of this document, by the object's `id`. */
export function reference(kind: string) {
  return z.string().regex(new RegExp(`^${kind}-(?:0|[1-9]\\d{0,19})$`));
}

/** Bytes kept beside the document in the bundle. */
export const payloadReference = z
  .strictObject({
    payload: z
      .string()
      .regex(/^payload\/[\w.-]+\/[\w.-]+$/)
      .describe('Member of the bundle that holds the bytes'),
    at: count.describe('Offset of the first byte in that member, in bytes'),
    length: count.describe('Number of bytes'),
  })
  .describe('Bytes kept beside the document');
export type PayloadReference = z.infer<typeof payloadReference>;

/** A device number as Linux shows it. */
export const device = z
  .strictObject({ major: count.describe('Major number'), minor: count.describe('Minor number') })
  .describe('A device number');
export type Device = z.infer<typeof device>;
