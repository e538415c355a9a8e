/**
 * A list whose items have a few forms: kept as the number of its form and what the item's own numbers differ by from
 * those of the item before. 200,000 mappings take 1.5 MiB so, and 80 as objects.
 */
import type { JsonWriter } from './json-writer.js';
import type { Form, Forms, Slot } from './packed-forms.js';
import type { PackedList } from './packed-list.js';
import { NumberReader, NumberWriter, type PackedNumber } from './packed-numbers.js';

/** Stands for a form where an item has none, and its text follows. */
const AS_TEXT = 0;

/** Builds one list after the other. */
export class Packer<T extends object> {
  private readonly numbers = new NumberWriter();
  private count = 0;

  constructor(readonly forms: Forms) {}

  /** Items so far. */
  get length(): number {
    return this.count;
  }

  /** Bytes that they take. */
  get bytes(): number {
    return this.numbers.length;
  }

  /** Adds any item that the schema holds for. */
  add(item: T): void {
    const form = this.forms.of(item);
    if (form === undefined) {
      this.count++;
      this.numbers.plain(AS_TEXT);
      this.numbers.text(JSON.stringify(item));
      return;
    }
    this.begin(form);
    for (const slot of form.slots) this.number(slot, this.forms.numberIn(item, slot));
  }

  /** Begins an item; the numbers of the form's slots follow, in their order. */
  begin(form: Form): void {
    this.count++;
    this.numbers.plain(form.index + 1);
  }

  number(slot: number, value: PackedNumber): void {
    this.numbers.number(slot, value);
  }

  /** The items so far, as a list; the next begins empty. */
  finish(): PackedItems<T> {
    const made = new PackedItems<T>(this.forms, this.numbers.take(), this.count);
    this.count = 0;
    return made;
  }
}

export class PackedItems<T extends object> implements PackedList<T> {
  constructor(
    private readonly forms: Forms,
    private readonly bytes: Uint8Array,
    readonly length: number,
  ) {}

  /** Bytes that the items take. */
  get size(): number {
    return this.bytes.length;
  }

  list(): T[] {
    return [...this.items()];
  }

  *items(): Generator<T> {
    const reader = new NumberReader(this.bytes);
    const numbers: PackedNumber[] = [];
    for (let i = 0; i < this.length; i++) {
      const code = reader.plain();
      if (code === AS_TEXT) {
        yield JSON.parse(reader.text()) as T;
        continue;
      }
      const form = this.forms.at(code - 1);
      for (let k = 0; k < form.slots.length; k++) numbers[k] = reader.number(form.slots[k] as number);
      yield this.forms.make(form, numbers) as T;
    }
  }

  write(to: JsonWriter): void {
    const reader = new NumberReader(this.bytes);
    const { slots } = this.forms;
    to.text('[');
    for (let i = 0; i < this.length; i++) {
      if (i > 0) to.text(',');
      const code = reader.plain();
      if (code === AS_TEXT) {
        to.text(reader.text());
        continue;
      }
      const form = this.forms.at(code - 1);
      for (let k = 0; k < form.slots.length; k++) {
        to.bytes(form.text[k] as Uint8Array);
        const slot = form.slots[k] as number;
        writeNumber(to, reader.number(slot), (slots[slot] as Slot).as === 'hex');
      }
      to.bytes(form.text[form.slots.length] as Uint8Array);
    }
    to.text(']');
  }
}

function writeNumber(to: JsonWriter, value: PackedNumber, hexadecimal: boolean): void {
  if (typeof value === 'bigint') to.text(value.toString(hexadecimal ? 16 : 10));
  else if (hexadecimal) to.hex(Math.floor(value / 2 ** 32), value >>> 0);
  else to.decimal(value);
}
