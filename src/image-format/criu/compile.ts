/**
 * Turns a schema into one decoder and one encoder per message. Each is source text made from the table, with a numeric
 * switch over the field keys: a dump has millions of fields, and dispatch by name is many times slower. Nothing but
 * identifiers and numbers of our own table goes into the text. It is compiled once, here or by the build.
 */
import { decoderSource } from './decoder-source.js';
import { encoderSource } from './encoder-source.js';
import type { WireMessage, WireValue } from './image-set.js';
import type { ReadyCoder, ReadyCoders } from './ready-coders.js';
import type { Schema, SchemaField } from './schema.js';
import { WireError } from './wire-error.js';
import { MAX_DEPTH, MAX_VALUES, type WireReader } from './wire-reader.js';
import type { WireWriter } from './wire-writer.js';

/** Reads one message that ends at offset `end`. */
export type Decoder = (reader: WireReader, end: number, depth: number) => WireMessage;
/** Appends one message, without a length before it. */
export type Encoder = (writer: WireWriter, message: WireMessage, depth: number) => void;

/** What coders are made from. */
export interface CoderSource {
  /** Asked for only where a coder is not ready. */
  readonly schema: () => Schema;
  readonly decoders?: ReadyCoders;
  readonly encoders?: ReadyCoders;
}

/** The coders of every message of a schema, made on first use. */
export class Coders {
  private readonly made = { decoders: new Map<string, Decoder>(), encoders: new Map<string, Encoder>() };
  private schema: Schema | undefined;

  constructor(private readonly source: CoderSource) {}

  decoder(message: string): Decoder {
    const before = this.made.decoders.get(message);
    if (before !== undefined) return before;
    const { make, of } =
      this.source.decoders?.[message] ?? compile(decoderSource, message, this.fields(message));
    const decoder = make(
      Array.from(of, inner => () => this.decoder(inner)),
      decodeHelp,
    ) as Decoder;
    this.made.decoders.set(message, decoder);
    return decoder;
  }

  encoder(message: string): Encoder {
    const before = this.made.encoders.get(message);
    if (before !== undefined) return before;
    const ready = this.source.encoders?.[message] ?? compile(encoderSource, message, this.fields(message));
    const finish = ({ make, of }: ReadyCoder, mixed: Encoder): Encoder =>
      make(
        Array.from(of, inner => () => this.encoder(inner)),
        { ...encodeHelp, mixed },
      ) as Encoder;
    const alone = () => {
      const fields = this.fields(message).map(field =>
        field.label === 'required' ? { ...field, label: 'optional' as const } : field,
      );
      return finish(compile(encoderSource, message, fields), () => encodeHelp.missing(message));
    };
    const encoder = finish(
      ready,
      mixedEncoder(message, () => this.fields(message), alone),
    );
    this.made.encoders.set(message, encoder);
    return encoder;
  }

  private fields(message: string): readonly SchemaField[] {
    this.schema ??= this.source.schema();
    const fields = this.schema.get(message);
    if (fields === undefined)
      throw new WireError('unwritable', `there is no message ${message} in this release`);
    return fields;
  }
}

/** Gives the text of a message's coder. */
export type TextOf = (message: string, fields: readonly SchemaField[]) => string;

function compile(textOf: TextOf, message: string, fields: readonly SchemaField[]): ReadyCoder {
  return {
    make: new Function('inner', 'help', textOf(message, fields)) as ReadyCoder['make'],
    of: innerOf(fields),
  };
}

/** The message in each field, by the field's place; empty where it holds none. */
export function innerOf(fields: readonly SchemaField[]): readonly string[] {
  return fields.map(({ type, of }) => (type === 'message' && of ? of : ''));
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
function mixedEncoder(
  message: string,
  fieldsOf: () => readonly SchemaField[],
  compileAlone: () => Encoder,
): Encoder {
  let tags: ReadonlyMap<string, number> | undefined;
  let alone: Encoder | undefined;
  return (writer, value, depth) => {
    tags ??= new Map(fieldsOf().map(field => [field.name, field.tag]));
    const known = tags;
    const parts = Object.entries(value).map(([name, part]) => {
      const tag = known.get(name) ?? (/^#[1-9]\d{0,8}$/.test(name) ? Number(name.slice(1)) : undefined);
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
