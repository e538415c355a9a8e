/** Random valid messages of any type in the wire table, for property tests. */
import fc from 'fast-check';
import type { CriuVersion, WireMessage, WireValue } from '../../src/image-format/criu/image-set.js';
import {
  releaseSchema,
  type Schema,
  type SchemaField,
  unionSchema,
} from '../../src/image-format/criu/schema.js';
import { decodeText } from '../../src/image-format/criu/text.js';
import { wireTable } from '../../src/image-format/criu/wire-table.js';

const schema = unionSchema(wireTable);

export const messageNames: readonly string[] = [...schema.keys()];

const int32 = fc.oneof(fc.integer(), fc.constantFrom(-1, 0, 1, -0x80000000, 0x7fffffff));
const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 127, 128, 0x80000000, 0xffffffff));
const int64 = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.constantFrom(0n, -1n, 1023n, 1024n, -(2n ** 63n)),
);
const uint64 = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(0n, 127n, 1023n, 1024n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n),
);
const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  bytes.map(raw => decodeText(Buffer.from(raw), 0, raw.length)),
);

function scalar(field: SchemaField): fc.Arbitrary<WireValue> {
  switch (field.type) {
    case 'bool':
      return fc.boolean();
    case 'bytes':
      return bytes;
    case 'string':
      return text;
    case 'enum':
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return int32;
    case 'uint32':
    case 'fixed32':
      return uint32;
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return int64;
    case 'uint64':
    case 'fixed64':
      return uint64;
    default:
      throw new Error(`no CRIU image has a field of type ${field.type}`);
  }
}

/** A random message of some release: required fields always, others sometimes, nested ones down to `depth`. */
export function arbitraryMessage(name: string, depth = 4): fc.Arbitrary<WireMessage> {
  return messageIn(schema, name, depth);
}

/** The same with the fields of one release. */
export function messageOf(release: CriuVersion, name: string): fc.Arbitrary<WireMessage> {
  return messageIn(releaseSchema(wireTable, release), name, 4);
}

function messageIn(schema: Schema, name: string, depth: number): fc.Arbitrary<WireMessage> {
  const fields = schema.get(name) ?? [];
  const arbitraries: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const field of fields) {
    if (field.type === 'message' && depth === 0 && field.label !== 'required') continue;
    const one =
      field.type === 'message' ? messageIn(schema, field.of ?? '', Math.max(0, depth - 1)) : scalar(field);
    arbitraries[field.name] =
      field.label === 'repeated'
        ? fc.array(one as fc.Arbitrary<unknown>, { minLength: 1, maxLength: 3 })
        : one;
    if (field.label === 'required') required.push(field.name);
  }
  return fc.record(arbitraries, {
    requiredKeys: required,
    noNullPrototype: true,
  }) as fc.Arbitrary<WireMessage>;
}
