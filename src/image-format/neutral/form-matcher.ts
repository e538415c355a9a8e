/** Items of a list by the forms of those before them: most need not be parsed, only their numbers be read. */
import type { JsonWindow } from './json-window.js';
import type { Form, Forms, Slot } from './packed-forms.js';
import { type PackedNumber, packedNumber } from './packed-numbers.js';

/** Longest text of an item that is compared with forms. */
const LONGEST = 2048;
/** Forms that are tried, the last used first. */
const TRIED = 16;
/** Digits that a double holds exactly. */
const EXACT = { hex: 12, decimal: 15 } as const;
const MOST = 2n ** 64n;
const ZERO = 0x30;

export class FormMatcher {
  private readonly recent: Form[] = [];
  /** The numbers of the item that was matched last. */
  readonly numbers: PackedNumber[] = [];
  /** Where they end. */
  private at = 0;

  constructor(private readonly forms: Forms) {}

  /** The form of the item that begins in the window, which is taken; undefined where it is none of the last ones. */
  match(window: JsonWindow): Form | undefined {
    window.ensure(LONGEST);
    for (let i = 0; i < this.recent.length; i++) {
      const form = this.recent[i] as Form;
      if (!this.matches(window, form)) continue;
      if (i > 0) this.prefer(form, i);
      window.at = this.at;
      return form;
    }
    return undefined;
  }

  /** A form that the next items are likely to have. */
  expect(form: Form): void {
    const before = this.recent.indexOf(form);
    this.prefer(form, before < 0 ? this.recent.length : before);
    if (this.recent.length > TRIED) this.recent.pop();
  }

  private prefer(form: Form, from: number): void {
    for (let i = from; i > 0; i--) this.recent[i] = this.recent[i - 1] as Form;
    this.recent[0] = form;
  }

  private matches(window: JsonWindow, { slots, text }: Form): boolean {
    this.at = window.at;
    for (let k = 0; k < slots.length; k++) {
      if (!this.skip(window, text[k] as Uint8Array)) return false;
      const { as } = this.forms.slots[slots[k] as number] as Slot;
      const number = as === 'hex' ? this.hex(window) : this.decimal(window, as);
      if (number === undefined) return false;
      this.numbers[k] = number;
    }
    return this.skip(window, text[slots.length] as Uint8Array);
  }

  private skip({ bytes, end }: JsonWindow, text: Uint8Array): boolean {
    if (end - this.at < text.length) return false;
    for (let i = 0; i < text.length; i++) if (bytes[this.at + i] !== text[i]) return false;
    this.at += text.length;
    return true;
  }

  private hex({ bytes, end }: JsonWindow): PackedNumber | undefined {
    const start = this.at;
    let value = 0;
    for (; this.at < end; this.at++) {
      const byte = bytes[this.at] as number;
      const digit = byte < 0x3a ? byte - ZERO : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    const length = this.at - start;
    if (length === 0 || length > 16 || (bytes[start] === ZERO && length > 1)) return undefined;
    if (length <= EXACT.hex) return value;
    return packedNumber(BigInt(`0x${bytes.toString('latin1', start, this.at)}`));
  }

  private decimal({ bytes, end }: JsonWindow, as: 'name' | 'plain'): PackedNumber | undefined {
    const start = this.at;
    let value = 0;
    for (; this.at < end; this.at++) {
      const digit = (bytes[this.at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const length = this.at - start;
    if (length === 0 || (bytes[start] === ZERO && length > 1)) return undefined;
    if (length <= EXACT.decimal) return value;
    if (as === 'plain' || length > 20) return undefined;
    const wide = BigInt(bytes.toString('latin1', start, this.at));
    return wide < MOST ? packedNumber(wide) : undefined;
  }
}
