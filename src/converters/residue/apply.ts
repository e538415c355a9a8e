/** Puts the residue back into the images that the document describes. */

import { fail } from '../../errors.js';
import type { Image, ImageRecord, WireMessage, WireValue } from '../../image-format/criu/image-set.js';
import type { CarriedField, CarriedImage } from '../../image-format/neutral/index.js';
import { put } from '../../lists.js';
import type { PayloadResolver } from '../payloads.js';
import { uncarry, uncarryMessage } from './carried.js';

/** The carried fields of each file. */
export function fieldsByFile(
  fields: readonly CarriedField[] = [],
): ReadonlyMap<string, readonly CarriedField[]> {
  const byFile = new Map<string, CarriedField[]>();
  for (const field of fields) put(byFile, field.file, field);
  return byFile;
}

/** An image with carried fields put into it. */
export function withFields<T extends Image>(image: T, fields: readonly CarriedField[] = []): T {
  if (fields.length === 0) return image;
  if (image.form !== 'records') throw contradictory(image.file, 'there is no such image');
  const records: ImageRecord[] = [...image.records];
  const draft = new Draft();
  for (const field of fields) {
    const record = records[field.record];
    if (record === undefined) throw contradictory(field.file, `there is no record ${field.record}`);
    const value = field.value === undefined ? undefined : uncarry(field.value);
    const message = draft.set(record.message, field.path, 0, value, field) as WireMessage;
    if (message !== record.message) records[field.record] = { ...record, message };
  }
  return { ...image, records };
}

/** Copies what it changes, once; the parts beside it are shared with the original. */
class Draft {
  private readonly own = new WeakSet<object>();

  set(
    whole: WireValue | undefined,
    path: readonly (string | number)[],
    depth: number,
    value: WireValue | undefined,
    field: CarriedField,
  ): WireValue | undefined {
    const key = path[depth];
    if (key === undefined) return value;
    if (typeof key === 'number') {
      if (!Array.isArray(whole) || key >= whole.length)
        throw contradictory(field.file, `no item ${field.path.join('.')}`);
      const list = this.copied<WireValue[]>(whole, () => [...(whole as readonly WireValue[])]);
      list[key] = this.set(list[key], path, depth + 1, value, field) as WireValue;
      return list as readonly WireMessage[];
    }
    if (
      whole !== undefined &&
      (typeof whole !== 'object' || Array.isArray(whole) || whole instanceof Uint8Array)
    ) {
      throw contradictory(field.file, `no field ${field.path.join('.')}`);
    }
    const message = this.copied<Record<string, WireValue>>(whole, () => ({
      ...(whole as WireMessage | undefined),
    }));
    const changed = this.set(message[key], path, depth + 1, value, field);
    if (changed === undefined) delete message[key];
    else
      Object.defineProperty(message, key, {
        value: changed,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    return message;
  }

  private copied<T extends object>(whole: WireValue | undefined, copy: () => T): T {
    if (typeof whole === 'object' && this.own.has(whole)) return whole as unknown as T;
    const made = copy();
    this.own.add(made);
    return made;
  }
}

/** An image that the document carries whole, as CRIU wrote it. `resolve` gives the bytes of a payload by its name. */
export function uncarryImage(image: CarriedImage, resolve: PayloadResolver): Image {
  const place = { file: image.file, kind: image.image };
  if (image.content !== undefined) return { ...place, form: 'raw', content: resolve(image.content) };
  return {
    ...place,
    form: 'records',
    records: (image.records ?? []).map(({ type, message, payload }) => ({
      ...(type === undefined ? undefined : { type }),
      message: uncarryMessage(message),
      ...(payload === undefined ? undefined : { payload: resolve(payload) }),
    })),
  };
}

/** The failure `document-contradictory` for the residue of an image file. */
export function contradictory(file: string, detail: string) {
  return fail('document-contradictory', { path: `/residue (${file})`, detail });
}
