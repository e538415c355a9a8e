/** How each scalar type is read and written: a row per type, as calls on `WireReader` (r) and `WireWriter` (w). */
import type { SchemaField } from './schema.js';
import type { WireType } from './wire-types.js';

export interface Scalar {
  /** Protobuf's wire type. */
  readonly wire: 0 | 1 | 2 | 5;
  readonly read: string;
  readonly write: string;
  /** Most bytes a value takes; 0 where the writer makes room itself. */
  readonly most: number;
}

const SCALARS: Readonly<Record<Exclude<WireType, 'message'>, Scalar>> = {
  bool: { wire: 0, read: 'r.bool()', write: 'bool', most: 1 },
  bytes: { wire: 2, read: 'r.octets(end)', write: 'octets', most: 0 },
  double: { wire: 1, read: 'r.double()', write: 'double', most: 8 },
  enum: { wire: 0, read: 'r.int32()', write: 'i32', most: 10 },
  fixed32: { wire: 5, read: 'r.fixed32()', write: 'f32', most: 4 },
  fixed64: { wire: 1, read: 'r.f64()', write: 'f64', most: 8 },
  float: { wire: 5, read: 'r.float()', write: 'float', most: 4 },
  int32: { wire: 0, read: 'r.int32()', write: 'i32', most: 10 },
  int64: { wire: 0, read: 'r.i64()', write: 'i64', most: 10 },
  sfixed32: { wire: 5, read: 'r.sfixed32()', write: 'sf32', most: 4 },
  sfixed64: { wire: 1, read: 'r.sf64()', write: 'sf64', most: 8 },
  sint32: { wire: 0, read: 'r.sint32()', write: 's32', most: 5 },
  sint64: { wire: 0, read: 'r.s64()', write: 's64', most: 10 },
  string: { wire: 2, read: 'r.text(end)', write: 'text', most: 0 },
  uint32: { wire: 0, read: 'r.uint32()', write: 'u32', most: 5 },
  uint64: { wire: 0, read: 'r.u64()', write: 'u64', most: 10 },
};

/** The row of a field's type, or undefined for a nested message. */
export function scalarOf(field: SchemaField): Scalar | undefined {
  return field.type === 'message' ? undefined : SCALARS[field.type];
}

/** The number that stands before the field on the wire: tag and wire type. */
export function keyOf(field: SchemaField): number {
  return field.tag * 8 + (field.packed ? 2 : (scalarOf(field)?.wire ?? 2));
}

/** A name as source text; only identifiers can come out of the wire table. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`not an identifier in the wire table: ${name}`);
  return name;
}
