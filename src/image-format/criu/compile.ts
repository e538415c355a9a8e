/**
 * Turns a schema into one decoder and one encoder per message. Each is source text made from the table and compiled
 * once, with a numeric switch over the field keys: a dump has millions of fields, and dispatch by name is many times
 * slower. Nothing but identifiers and numbers of our own table goes into the text.
 */
import { decoderSource } from './decoder-source.js';
import { encoderSource } from './encoder-source.js';
import type { WireMessage, WireValue } from './image-set.js';
import type { Schema, SchemaField } from './schema.js';
import { WireError } from './wire-error.js';
import { MAX_DEPTH, MAX_VALUES, type WireReader } from './wire-reader.js';
import type { WireWriter } from './wire-writer.js';

/** Reads one message that ends at offset `end`. */
export type Decoder = (reader: WireReader, end: number, depth: number) => WireMessage;
/** Appends one message, without a length before it. */
export type Encoder = (writer: WireWriter, message: WireMessage, depth: number) => void;

/** The coders of every message of a schema, compiled on first use. */
export class Coders {
  private readonly decoders = new Map<string, Decoder>();
  private readonly encoders = new Map<string, Encoder>();

  constructor(private readonly schema: Schema) {}

  decoder(message: string): Decoder {
    const ready = this.decoders.get(message);
    if (ready !== undefined) return ready;
    const fields = this.fields(message);
    const inner = fields.map(field => () => this.decoder(field.of ?? ''));
    const made = new Function('inner', 'help', decoderSource(message, fields))(inner, decodeHelp) as Decoder;
    this.decoders.set(message, made);
    return made;
  }

  encoder(message: string): Encoder {
    const ready = this.encoders.get(message);
    if (ready !== undefined) return ready;
    const fields = this.fields(message);
    const inner = fields.map(field => () => this.encoder(field.of ?? ''));
    const compile = (rows: readonly SchemaField[], mixed: Encoder): Encoder =>
      new Function('inner', 'help', encoderSource(message, rows))(inner, { ...encodeHelp, mixed }) as Encoder;
    const alone = () =>
      compile(
        fields.map(field => (field.label === 'required' ? { ...field, label: 'optional' as const } : field)),
        () => encodeHelp.missing(message),
      );
    const made = compile(fields, mixedEncoder(message, fields, alone));
    this.encoders.set(message, made);
    return made;
  }

  private fields(message: string): readonly SchemaField[] {
    const fields = this.schema.get(message);
    if (fields === undefined)
      throw new WireError('unwritable', `there is no message ${message} in this release`);
    return fields;
  }
}

const decodeHelp = {
  twice(name: string): never {
    throw new WireError('damaged', `${name} is there twice`);
  },
  missing(name: string): never {
    throw new WireError('damaged', `${name} is missing`);
  },
  deep(): never {
    throw new WireError('excessive', `messages are nested more than ${MAX_DEPTH} deep`);
  },
  many(): never {
    throw new WireError('excessive', `it holds more than ${MAX_VALUES} entries`);
  },
  large(): never {
    throw new WireError('excessive', 'it would take more memory than any dump does');
  },
  /** Keeps a field that no release knows, as `#<tag>`: its raw bytes, keys included. */
  unknown(
    into: Record<string, WireValue>,
    reader: WireReader,
    start: number,
    key: number,
    end: number,
  ): void {
    const bytes = reader.rawField(start, key, end);
    const name = `#${key >>> 3}`;
    const before = into[name];
    into[name] = before instanceof Uint8Array ? new Uint8Array(Buffer.concat([before, bytes])) : bytes;
  },
};

const encodeHelp = {
  missing(name: string): never {
    throw new WireError('unwritable', `${name} is missing`);
  },
  notList(name: string): never {
    throw new WireError('unwritable', `${name} is not a list`);
  },
  deep: decodeHelp.deep,
};

/**
 * For messages with fields that no release knows: writes known and unknown ones in tag order. A property that is
 * neither is an error, since it would be lost in silence.
 */
function mixedEncoder(message: string, fields: readonly SchemaField[], compileAlone: () => Encoder): Encoder {
  const tags = new Map(fields.map(field => [field.name, field.tag]));
  let alone: Encoder | undefined;
  return (writer, value, depth) => {
    const parts = Object.entries(value).map(([name, part]) => {
      const tag = tags.get(name) ?? (/^#[1-9]\d{0,8}$/.test(name) ? Number(name.slice(1)) : undefined);
      if (tag === undefined) throw new WireError('unwritable', `${message} has no field ${name}`);
      if (part === undefined) throw new WireError('unwritable', `${message}.${name} is undefined`);
      return { tag, name, part };
    });
    alone ??= compileAlone();
    for (const { name, part } of parts.sort((a, b) => a.tag - b.tag)) {
      if (!name.startsWith('#')) alone(writer, { [name]: part }, depth);
      else if (part instanceof Uint8Array) writer.raw(part);
      else throw new WireError('unwritable', `${message}.${name} is not bytes`);
    }
  };
}
