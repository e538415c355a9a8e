/** The document as text. Apart from reading it, so that a freeze need not load the schemas. */
import type { Document } from './document.js';
import { costOfText, PACKED_COST, PART_COST } from './document-cost.js';
import { JsonWriter } from './json-writer.js';
import type { AnyDocument } from './migrations/migration.js';
import { packedFields } from './packed-list.js';

/** Lists of a tree whose items can be large, and are written one by one. */
const LARGE: ReadonlySet<string> = new Set(['memories', 'sharedMemories']);

/**
 * The document as JSON, one line, in UTF-8. What the types promise is not checked again here; `documentFromJson` checks
 * all.
 * @param take gets the text piece by piece; a piece is overwritten afterwards
 * @returns what it takes in memory to read it again, in bytes (see `MOST_MEMORY`)
 */
export function writeDocument(value: Document | AnyDocument, take: (piece: Uint8Array) => void): number {
  const writer = new CostingWriter(take);
  writeObject(writer, value, (key, list) =>
    key === 'trees'
      ? writeList(writer, list, tree =>
          writeObject(writer, tree, (name, items) =>
            LARGE.has(name) ? writeList(writer, items, item => writePacked(writer, item)) : false,
          ),
        )
      : false,
  );
  writer.text('\n');
  writer.end();
  return writer.cost;
}

/** Counts what it costs to read what is written. */
class CostingWriter extends JsonWriter {
  cost = 0;

  /** A value of which nothing is packed. */
  value(value: unknown): void {
    const text = JSON.stringify(value) ?? 'null';
    this.text(text);
    this.cost += costOfText(text) + (Array.isArray(value) ? value.length * PART_COST : 0);
  }
}

/** The same as one string. */
export function documentToJson(value: Document | AnyDocument): string {
  const pieces: Buffer[] = [];
  writeDocument(value, piece => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces).toString();
}

/** Says whether it has written the value of a field. */
type Special = (key: string, value: unknown) => boolean;

/** An object whose fields are written one by one, most of them by `JSON.stringify`. */
function writeObject(writer: CostingWriter, object: unknown, special: Special): boolean {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    writer.value(object);
    return true;
  }
  let between = '{';
  const packed = packedFields(object);
  for (const key of Object.keys(object)) {
    const name = `${between}${JSON.stringify(key)}:`;
    const list = packed?.get(key);
    if (list !== undefined) {
      writer.text(name);
      list.write(writer);
      writer.cost += PACKED_COST + list.size;
    } else {
      const value = (object as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) continue;
      writer.text(name);
      if (!special(key, value)) writer.value(value);
    }
    writer.cost += PART_COST + key.length;
    between = ',';
  }
  writer.text(between === '{' ? '{}' : '}');
  return true;
}

function writeList(writer: CostingWriter, list: unknown, write: (item: unknown) => void): boolean {
  if (!Array.isArray(list)) return false;
  writer.text('[');
  list.forEach((item: unknown, index) => {
    if (index > 0) writer.text(',');
    writer.cost += PART_COST;
    write(item);
  });
  writer.text(']');
  return true;
}

/** An object that may have packed fields, or hold objects that have some. */
function writePacked(writer: CostingWriter, item: unknown): void {
  writeObject(writer, item, (_, value) => {
    if (typeof value !== 'object' || value === null || packedFields(value) === undefined) return false;
    return writeObject(writer, value, () => false);
  });
}
