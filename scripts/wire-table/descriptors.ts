/** Reads the schema of one CRIU release out of its `*_pb2.py` files. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Coders } from '../../src/image-format/criu/compile.js';
import type { WireMessage } from '../../src/image-format/criu/image-set.js';
import type { SchemaField } from '../../src/image-format/criu/schema.js';
import { WireReader } from '../../src/image-format/criu/wire-reader.js';
import type {
  FieldFacts,
  VersionSchema,
  WireLabel,
  WireType,
} from '../../src/image-format/criu/wire-types.js';

/** protobuf's own description of a schema, as far as it is needed (google/protobuf/descriptor.proto). */
const DESCRIPTOR = new Map<string, readonly SchemaField[]>([
  ['File', [list(4, 'message', 'Message'), list(5, 'enum', 'Enum')]],
  [
    'Message',
    [text(1, 'name'), list(2, 'field', 'Field'), list(3, 'message', 'Message'), list(4, 'enum', 'Enum')],
  ],
  [
    'Field',
    [
      text(1, 'name'),
      number(3, 'tag'),
      number(4, 'label'),
      number(5, 'type'),
      text(6, 'of'),
      text(7, 'default'),
      { tag: 8, name: 'options', type: 'message', label: 'optional', of: 'Options' },
    ],
  ],
  ['Options', [{ tag: 2, name: 'packed', type: 'bool', label: 'optional' }]],
  ['Enum', [text(1, 'name'), list(2, 'value', 'EnumValue')]],
  ['EnumValue', [text(1, 'name'), number(2, 'number')]],
]);

const LABELS: Readonly<Record<number, WireLabel>> = { 1: 'optional', 2: 'required', 3: 'repeated' };
const TYPES: Readonly<Record<number, WireType>> = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  6: 'fixed64',
  7: 'fixed32',
  8: 'bool',
  9: 'string',
  11: 'message',
  12: 'bytes',
  13: 'uint32',
  14: 'enum',
  15: 'sfixed32',
  16: 'sfixed64',
  17: 'sint32',
  18: 'sint64',
};

/** The schema that all `*_pb2.py` files of a folder describe together. */
export async function readDescriptors(folder: string): Promise<VersionSchema> {
  const messages: Record<string, Record<string, FieldFacts>> = {};
  const enums: Record<string, Record<string, number>> = {};
  const decode = new Coders({ schema: () => DESCRIPTOR }).decoder('File');
  for (const file of (await readdir(folder)).filter(name => name.endsWith('_pb2.py')).sort()) {
    const bytes = serializedFile(await readFile(path.join(folder, file), 'utf8'), file);
    collect(decode(new WireReader(bytes), bytes.length, 0), '', messages, enums);
  }
  return { messages, enums };
}

function collect(
  scope: WireMessage,
  prefix: string,
  messages: Record<string, Record<string, FieldFacts>>,
  enums: Record<string, Record<string, number>>,
): void {
  for (const row of children(scope, 'enum')) {
    enums[prefix + row.name] = Object.fromEntries(children(row, 'value').map(v => [v.name, v.number]));
  }
  for (const row of children(scope, 'message')) {
    const name = prefix + row.name;
    messages[name] = Object.fromEntries(children(row, 'field').map(field => [field.tag, facts(field, name)]));
    collect(row, `${name}.`, messages, enums);
  }
}

function facts(field: WireMessage, message: string): FieldFacts {
  const type = TYPES[Number(field.type)];
  const label = LABELS[Number(field.label)];
  if (type === undefined || label === undefined) {
    throw new Error(`${message}.${field.name} has a type or label that protobuf 2 does not have`);
  }
  const [options] = field.options === undefined ? [] : [field.options as WireMessage];
  return {
    name: String(field.name),
    type,
    label,
    ...(options?.packed === true ? { packed: true as const } : {}),
    ...(field.of === undefined ? {} : { of: String(field.of).replace(/^\./, '') }),
    ...(field.default === undefined ? {} : { default: String(field.default) }),
  };
}

function children(scope: WireMessage, name: string): readonly WireMessage[] {
  return (scope[name] ?? []) as readonly WireMessage[];
}

/** The bytes literal that protoc's Python output hands to `AddSerializedFile`. */
function serializedFile(source: string, file: string): Uint8Array {
  const literal = /AddSerializedFile\(b'((?:[^'\\]|\\.)*)'\)/s.exec(source)?.[1];
  if (literal === undefined) throw new Error(`${file} holds no serialized descriptor`);
  const plain: Readonly<Record<string, string>> = {
    n: '\n',
    r: '\r',
    t: '\t',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  const bytes = literal.replace(
    /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/gs,
    (_, hex?: string, octal?: string, one?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return plain[one ?? ''] ?? one ?? '';
    },
  );
  return new Uint8Array(Buffer.from(bytes, 'latin1'));
}

function text(tag: number, name: string): SchemaField {
  return { tag, name, type: 'string', label: 'optional' };
}

function number(tag: number, name: string): SchemaField {
  return { tag, name, type: 'int32', label: 'optional' };
}

function list(tag: number, name: string, of: string): SchemaField {
  return { tag, name, type: 'message', label: 'repeated', of };
}
