/**
 * The document out of its text, part by part: what is long is read item by item, everything else in pieces that
 * JSON.parse takes. Nothing is checked against the schema here but the items of long lists.
 */
import { fail } from '../../errors.js';
import { MOST_MEMORY, PACKED_COST, PART_COST } from './document-cost.js';
import { JsonWindow, type ReadBytes } from './json-window.js';
import { PackedItems } from './packed-items.js';
import { withPacked } from './packed-list.js';
import { type ListReaders, listReaders, MOST_ITEMS } from './read-packed.js';
import { PartPool } from './share-parts.js';

/** Longest piece that is parsed at once, in bytes; what is longer is taken apart first. */
const LONGEST_PIECE = 4 * 1024 * 1024;
/** Longest single text. */
const LONGEST_TEXT = 64 * 1024 * 1024;
/** How often something can be taken apart within something that was. */
const DEEPEST = 16;
/** Most bytes of one long list. */
const LONGEST_LIST = 64 * 1024 * 1024;

const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/** What is taken apart whatever its length: the fields of an object, or the items of a list. */
interface Parts {
  readonly fields?: Readonly<Record<string, Parts>>;
  /** Fields that are not named. */
  readonly others?: Parts;
  readonly items?: Parts;
  readonly packed?: keyof ListReaders;
}

const PIECES: Parts = {};
const ANYTHING: Parts = { others: PIECES, items: PIECES };
const PAGES: Parts = { fields: { runs: { packed: 'runs' } }, others: PIECES };
const MEMORY: Parts = { fields: { mappings: { packed: 'mappings' }, pages: PAGES }, others: PIECES };
const TREE: Parts = {
  fields: { memories: { items: MEMORY }, sharedMemories: { items: MEMORY } },
  others: { items: PIECES },
};
const DOCUMENT: Parts = { fields: { trees: { items: TREE } }, others: PIECES };

/** @throws document-invalid where it is not JSON; document-excessive */
export function readDocument(read: ReadBytes, where: string): unknown {
  const reader = new DocumentReader(new JsonWindow(read), where);
  return reader.whole();
}

class DocumentReader {
  private readonly lists = listReaders();
  private readonly pool = new PartPool();
  private spent = 0;

  constructor(
    private readonly window: JsonWindow,
    private readonly where: string,
  ) {}

  whole(): unknown {
    const value = this.value(DOCUMENT, 0);
    if (this.window.peek() !== undefined) throw this.invalid();
    return value;
  }

  private value(parts: Parts, depth: number): unknown {
    const first = this.window.peek();
    if (first === OPEN_OBJECT && (parts.fields ?? parts.others) !== undefined)
      return this.object(parts, depth);
    if (first === OPEN_LIST && parts.packed !== undefined) return this.packed(parts.packed);
    if (first === OPEN_LIST && parts.items !== undefined) return this.list(parts.items, depth);
    const length = this.window.measure(first === QUOTE ? LONGEST_TEXT : LONGEST_PIECE);
    if (length !== undefined) {
      this.spend(this.window.cost);
      return this.pool.share(this.parse(length));
    }
    if (depth === DEEPEST || (first !== OPEN_OBJECT && first !== OPEN_LIST)) throw this.excessive();
    return first === OPEN_OBJECT ? this.object(ANYTHING, depth) : this.list(PIECES, depth);
  }

  private object(parts: Parts, depth: number): object {
    const { fields, others = PIECES } = parts;
    const out: Record<string, unknown> = {};
    this.each(0x7d, () => {
      if (this.window.peek() !== QUOTE) throw this.invalid();
      const key = this.parse(this.window.measure(LONGEST_PIECE) ?? 0) as string;
      if (Object.hasOwn(out, key)) throw this.invalid(`"${key}" is there twice`);
      if (this.window.peek() !== 0x3a) throw this.invalid();
      this.window.at++;
      this.spend(key.length + PART_COST);
      const own = fields !== undefined && Object.hasOwn(fields, key) ? fields[key] : others;
      const value = this.value(own ?? PIECES, depth + 1);
      if (value instanceof PackedItems) withPacked(out, key, value);
      else if (key !== '__proto__') out[key] = value;
      else Object.defineProperty(out, key, { value, enumerable: true, writable: true, configurable: true });
    });
    return parts === MEMORY ? this.pool.shareSpace(out) : out;
  }

  private list(items: Parts, depth: number): unknown[] {
    const out: unknown[] = [];
    this.each(0x5d, () => {
      this.spend(PART_COST);
      out.push(this.value(items, depth + 1));
    });
    return out;
  }

  private packed(kind: keyof ListReaders): PackedItems<object> {
    const reader = this.lists[kind];
    this.each(0x5d, () => {
      if (reader.length === MOST_ITEMS || reader.bytes > LONGEST_LIST) throw this.excessive();
      if (reader.takeKnown(this.window)) return;
      const length = this.window.measure(LONGEST_PIECE);
      if (length === undefined) throw this.excessive();
      reader.take(this.parse(length));
    });
    const { bytes } = reader;
    this.spend(bytes + PACKED_COST);
    return reader.finish();
  }

  /** The parts of an object or a list, which begins here, up to the bracket that ends it. */
  private each(close: number, take: () => void): void {
    this.window.at++;
    if (this.window.peek() === close) {
      this.window.at++;
      return;
    }
    for (;;) {
      this.window.peek();
      take();
      const next = this.window.peek();
      if (next !== 0x2c && next !== close) throw this.invalid();
      this.window.at++;
      if (next === close) return;
    }
  }

  private parse(length: number): unknown {
    try {
      return JSON.parse(this.window.take(length));
    } catch (cause) {
      throw this.invalid('it is not JSON', cause);
    }
  }

  private spend(bytes: number): void {
    this.spent += bytes;
    if (this.spent > MOST_MEMORY) throw this.excessive();
  }

  private excessive() {
    return fail('document-excessive', { where: this.where });
  }

  private invalid(detail = 'it is not JSON', cause?: unknown) {
    return fail('document-invalid', { where: this.where, path: '/', detail }, { cause });
  }
}
