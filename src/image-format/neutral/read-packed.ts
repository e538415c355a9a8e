/** Long lists of a document, read item by item into few bytes, and checked on the way. */
import type { z } from 'zod';
import { checkValue } from '../check-value.js';
import { FormMatcher } from './form-matcher.js';
import type { JsonWindow } from './json-window.js';
import { mapping, pageRun } from './memory.js';
import type { PackedItems, Packer } from './packed-items.js';
import { mappingPacker, runPacker } from './packed-kinds.js';

/** What is wrong with the first bad item of a list. */
export interface ListProblem {
  readonly path: string;
  readonly detail: string;
}

/** Most items of one list: as many as an image may have entries. */
export const MOST_ITEMS = 1_048_576;

/** By list: a problem is only told once it is known that the document has a format that is known here. */
const problems = new WeakMap<object, ListProblem>();

/** What was wrong with a list that `listReaders` read; undefined where nothing was. */
export function problemOf(list: object): ListProblem | undefined {
  return problems.get(list);
}

class ListReader<T extends object> {
  private readonly matcher: FormMatcher;
  private problem: ListProblem | undefined;

  constructor(
    private readonly packer: Packer<T>,
    private readonly schema: z.ZodType<T>,
  ) {
    this.matcher = new FormMatcher(packer.forms);
  }

  get length(): number {
    return this.packer.length;
  }

  /** Bytes that the items take so far. */
  get bytes(): number {
    return this.packer.bytes;
  }

  /** Takes the next item if it looks like one before it. */
  takeKnown(window: JsonWindow): boolean {
    const form = this.matcher.match(window);
    if (form === undefined) return false;
    this.packer.begin(form);
    for (let k = 0; k < form.slots.length; k++) {
      this.packer.number(form.slots[k] as number, this.matcher.numbers[k] as number);
    }
    return true;
  }

  /** Takes an item that was parsed. */
  take(item: unknown): void {
    if (this.problem !== undefined) return;
    const result = checkValue(this.schema, item);
    if (!result.success) {
      const issue = result.error.issues[0];
      const path = [this.packer.length, ...(issue?.path ?? [])].map(String).join('/');
      this.problem = { path, detail: issue?.message ?? 'unknown' };
      return;
    }
    this.packer.add(item as T);
    const form = this.packer.forms.of(item as T);
    if (form !== undefined) this.matcher.expect(form);
  }

  finish(): PackedItems<T> {
    const list = this.packer.finish();
    if (this.problem !== undefined) problems.set(list, this.problem);
    this.problem = undefined;
    return list;
  }
}

/** Readers of the lists of one document. */
export function listReaders() {
  return {
    mappings: new ListReader(mappingPacker(), mapping),
    runs: new ListReader(runPacker(), pageRun),
  } as const;
}
export type ListReaders = ReturnType<typeof listReaders>;
