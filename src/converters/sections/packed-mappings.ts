/**
 * Mappings in few bytes: four numbers each, and a form that many share. Only those are packed that the document gives
 * back as they were, which is tried out once for each form.
 */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import type { Mapping } from '../../image-format/neutral/index.js';
import type { JsonWriter } from '../../image-format/neutral/json-writer.js';
import type { PackedList } from '../../image-format/neutral/packed-list.js';
import { sameValue } from '../shapes/shape.js';
import { formOf, liftMapping, lowerMapping, type MappingForm, mappingOf } from './mappings.js';

/** Numbers of a mapping: start, end, the object's number, the offset in it. */
const NUMBERS = 4;
const ID = 2;
/** Forms are few in real processes; a list with more than this is not worth packing. */
const MOST_FORMS = 1000;
/** Upper half of the smallest number that a double does not hold exactly. */
const WIDE = 2 ** 21;

/** A form with what tells it from others on the wire, and its text. */
interface PackedForm extends MappingForm {
  readonly wire: WireMessage;
  readonly fields: number;
  /** Text between the numbers. */
  readonly text: readonly Uint8Array[];
  /** The number after each text but the last. */
  readonly order: readonly number[];
}

/** The forms of one dump. */
export class MappingForms {
  private readonly forms: PackedForm[] = [];
  private last = 0;

  at(index: number): PackedForm {
    const form = this.forms[index];
    if (form === undefined) throw new RangeError(`no form ${index}`);
    return form;
  }

  /** The form of a VMA; undefined where the document would not give it back as it is. */
  indexOf(vma: WireMessage): number | undefined {
    const same = (form: PackedForm | undefined) => form !== undefined && hasForm(form, vma);
    if (!same(this.forms[this.last])) this.last = this.forms.findIndex(same);
    if (this.last < 0) this.last = this.add(vma);
    return this.last < 0 ? undefined : this.last;
  }

  private add(vma: WireMessage): number {
    if (this.forms.length === MOST_FORMS || !sameValue(lowerMapping(liftMapping(vma)), vma)) return -1;
    const form = formOf(vma);
    // the numbers' places in the text, which holds nothing else that looks like them
    const text = JSON.stringify(mappingOf(form, '0x@0@', '0x@1@', `@${ID}@`, '0x@3@'));
    const parts = text.split(/@(\d)@/);
    return (
      this.forms.push({
        ...form,
        wire: vma,
        fields: Object.keys(vma).length,
        text: parts.filter((_, i) => i % 2 === 0).map(part => Buffer.from(part)),
        order: parts.filter((_, i) => i % 2 === 1).map(Number),
      }) - 1
    );
  }
}

function hasForm({ wire, fields }: PackedForm, vma: WireMessage): boolean {
  if (
    vma.status !== wire.status ||
    vma.flags !== wire.flags ||
    vma.prot !== wire.prot ||
    vma.fdflags !== wire.fdflags ||
    vma.madv !== wire.madv ||
    vma.fd !== wire.fd ||
    (vma.shmid === 0n) !== (wire.shmid === 0n) ||
    (vma.pgoff === 0n) !== (wire.pgoff === 0n)
  ) {
    return false;
  }
  let count = 0;
  for (const _ in vma) count++;
  return count === fields;
}

/** Bytes of a number. */
const WORD = 8;

export class PackedMappings implements PackedList<Mapping> {
  private constructor(
    private readonly forms: MappingForms,
    private readonly form: Uint16Array,
    /** Little-endian words of 64 bits. */
    private readonly numbers: DataView,
  ) {}

  /** Packs VMAs; undefined where the document would not give every one of them back as it is. */
  static of(vmas: readonly WireMessage[], forms: MappingForms): PackedMappings | undefined {
    const form = new Uint16Array(vmas.length);
    const numbers = new DataView(new ArrayBuffer(vmas.length * NUMBERS * WORD));
    for (let i = 0; i < vmas.length; i++) {
      const vma = vmas[i] as WireMessage;
      const index = forms.indexOf(vma);
      if (index === undefined) return undefined;
      form[i] = index;
      const at = i * NUMBERS * WORD;
      numbers.setBigUint64(at, vma.start as bigint, true);
      numbers.setBigUint64(at + WORD, vma.end as bigint, true);
      numbers.setBigUint64(at + ID * WORD, vma.shmid as bigint, true);
      numbers.setBigUint64(at + 3 * WORD, vma.pgoff as bigint, true);
    }
    return new PackedMappings(forms, form, numbers);
  }

  list(): Mapping[] {
    const number = (i: number, which: number): bigint =>
      this.numbers.getBigUint64((i * NUMBERS + which) * WORD, true);
    const hex = (i: number, which: number): string => `0x${number(i, which).toString(16)}`;
    return Array.from(this.form, (index, i) =>
      mappingOf(this.forms.at(index), hex(i, 0), hex(i, 1), String(number(i, ID)), hex(i, 3)),
    );
  }

  write(to: JsonWriter): void {
    to.text('[');
    for (let i = 0; i < this.form.length; i++) {
      if (i > 0) to.text(',');
      const { text, order } = this.forms.at(this.form[i] as number);
      for (let k = 0; k < order.length; k++) {
        to.bytes(text[k] as Uint8Array);
        const at = (i * NUMBERS + (order[k] as number)) * WORD;
        const low = this.numbers.getUint32(at, true);
        const high = this.numbers.getUint32(at + 4, true);
        if (order[k] !== ID) to.hex(high, low);
        else if (high < WIDE) to.decimal(high * 2 ** 32 + low);
        else to.text(String(this.numbers.getBigUint64(at, true)));
      }
      to.bytes(text[order.length] as Uint8Array);
    }
    to.text(']');
  }
}
