/** Forms: what many items of a list have in common, all but a few numbers. */
import { NARROW, type PackedNumber, packedNumber } from './packed-numbers.js';

/** Where a number can stand in an item, and how it is written there. */
export interface Slot {
  readonly path: readonly [string] | readonly [string, string];
  /** hex: "0x1f"; name: the end of "file-31"; plain: 31. */
  readonly as: 'hex' | 'name' | 'plain';
}

export interface Form {
  readonly index: number;
  /** Any item of this form. */
  readonly sample: object;
  /** The slots that it has, by their number in the list's table, in the order of the text. */
  readonly slots: readonly number[];
  /** Text before, between and after the numbers. */
  readonly text: readonly Uint8Array[];
}

const CANONICAL = {
  hex: /^0x(0|[1-9a-f][0-9a-f]{0,15})$/,
  name: /^[a-z]+-(0|[1-9]\d{0,19})$/,
} as const;
const MOST = 2n ** 64n;
const MARK = /"#(\d)#"|@(\d)@/;
/** Real lists have few forms; the items of a list with more are kept as text. */
const MOST_FORMS = 1000;

/** The forms of the items of one kind of list. */
export class Forms {
  private readonly forms: Form[] = [];
  private readonly byText = new Map<string, Form>();

  /** @param slots the table of places where numbers can stand; an item of a form has them or not */
  constructor(readonly slots: readonly Slot[]) {}

  at(index: number): Form {
    const form = this.forms[index];
    if (form === undefined) throw new RangeError(`no form ${index}`);
    return form;
  }

  get all(): readonly Form[] {
    return this.forms;
  }

  /** The form of an item that the schema holds for; undefined where it has none: it is to be kept as text. */
  of(item: object): Form | undefined {
    let marked: Record<string, unknown> = item as Record<string, unknown>;
    for (let slot = 0; slot < this.slots.length; slot++) {
      const { path, as } = this.slots[slot] as Slot;
      const value = at(item, path);
      if (value === undefined) continue;
      const mark = markOf(value, as, slot);
      if (mark === undefined) return undefined;
      marked = withValue(marked, path, mark);
    }
    const text = JSON.stringify(marked);
    const known = this.byText.get(text);
    if (known !== undefined || this.forms.length === MOST_FORMS) return known;
    const parts = text.split(MARK);
    const form: Form = {
      index: this.forms.length,
      sample: item,
      slots: parts.flatMap((part, i) => (i % 3 === 0 || part === undefined ? [] : [Number(part)])),
      text: parts.filter((_, i) => i % 3 === 0).map(part => Buffer.from(part)),
    };
    this.forms.push(form);
    this.byText.set(text, form);
    return form;
  }

  /** The number in a slot of an item that has the form. */
  numberIn(item: object, slot: number): PackedNumber {
    const { path, as } = this.slots[slot] as Slot;
    const value = at(item, path);
    if (as === 'plain') return (value as number) < NARROW ? (value as number) : BigInt(value as number);
    const text = value as string;
    if (as === 'hex') return packedNumber(BigInt(text));
    return packedNumber(BigInt(text.slice(text.lastIndexOf('-') + 1)));
  }

  /** An item of a form. What it holds beside its numbers belongs to all items of the form. */
  make(form: Form, numbers: readonly PackedNumber[]): object {
    const out: Record<string, unknown> = { ...form.sample };
    let inner: string | undefined;
    for (let i = 0; i < form.slots.length; i++) {
      const { path, as } = this.slots[form.slots[i] as number] as Slot;
      const [key, below] = path;
      const number = numbers[i] as PackedNumber;
      if (below === undefined) {
        out[key] = as === 'plain' ? Number(number) : `0x${number.toString(16)}`;
        continue;
      }
      if (inner !== key) out[key] = { ...(out[key] as object) };
      inner = key;
      const object = out[key] as Record<string, string>;
      const before = object[below] as string;
      object[below] =
        as === 'hex'
          ? `0x${number.toString(16)}`
          : `${before.slice(0, before.lastIndexOf('-') + 1)}${number}`;
    }
    return out;
  }
}

function markOf(value: unknown, as: Slot['as'], slot: number): string | undefined {
  if (as === 'plain') {
    return Number.isSafeInteger(value) && (value as number) >= 0 ? `#${slot}#` : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const digits = CANONICAL[as].exec(value)?.[1];
  if (digits === undefined || (as === 'name' && BigInt(digits) >= MOST)) return undefined;
  return `${value.slice(0, value.length - digits.length)}@${slot}@`;
}

function at(item: object, [key, below]: Slot['path']): unknown {
  const value = (item as Record<string, unknown>)[key];
  if (below === undefined || typeof value !== 'object' || value === null) {
    return below === undefined ? value : undefined;
  }
  return (value as Record<string, unknown>)[below];
}

function withValue(
  item: Readonly<Record<string, unknown>>,
  [key, below]: Slot['path'],
  value: unknown,
): Record<string, unknown> {
  if (below === undefined) return { ...item, [key]: value };
  return { ...item, [key]: { ...(item[key] as object), [below]: value } };
}
