/** The document as text. Apart from reading it, so that a freeze need not load the schemas. */
import type { Document } from './document.js';
import { JsonWriter } from './json-writer.js';
import type { AnyDocument } from './migrations/migration.js';
import { packedFields } from './packed-list.js';

/** Lists of a tree whose items can be large, and are written one by one. */
const LARGE: ReadonlySet<string> = new Set(['memories', 'sharedMemories']);

/**
 * The document as JSON, one line, in UTF-8. What the types promise is not checked again here; `documentFromJson` checks
 * all.
 * @param take gets the text piece by piece; a piece is overwritten afterwards
 */
export function writeDocument(value: Document | AnyDocument, take: (piece: Uint8Array) => void): void {
  const writer = new JsonWriter(take);
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
function writeObject(writer: JsonWriter, object: unknown, special: Special): boolean {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    writer.text(JSON.stringify(object) ?? 'null');
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
    } else {
      const value = (object as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) continue;
      writer.text(name);
      if (!special(key, value)) writer.text(JSON.stringify(value));
    }
    between = ',';
  }
  writer.text(between === '{' ? '{}' : '}');
  return true;
}

function writeList(writer: JsonWriter, list: unknown, write: (item: unknown) => void): boolean {
  if (!Array.isArray(list)) return false;
  writer.text('[');
  list.forEach((item: unknown, index) => {
    if (index > 0) writer.text(',');
    write(item);
  });
  writer.text(']');
  return true;
}

/** An object that may have packed fields, or hold objects that have some. */
function writePacked(writer: JsonWriter, item: unknown): void {
  writeObject(writer, item, (_, value) => {
    if (typeof value !== 'object' || value === null || packedFields(value) === undefined) return false;
    return writeObject(writer, value, () => false);
  });
}
