/** Puts the residue back into the images that the document describes. */

import { fail } from '../../errors.js';
import type { Image, ImageRecord, WireMessage, WireValue } from '../../image-format/criu/image-set.js';
import type { CarriedField, CarriedImage, Residue } from '../../image-format/neutral/index.js';
import type { PayloadResolver } from '../payloads.js';
import { uncarry, uncarryMessage } from './carried.js';

export function applyResidue(
  images: readonly Image[],
  residue: Residue | undefined,
  resolve: PayloadResolver,
): Image[] {
  if (residue === undefined) return [...images];
  const byFile = new Map<string, Image>(images.map(image => [image.file, image]));
  for (const image of residue.images ?? []) {
    if (image.absent === true) byFile.delete(image.file);
    else byFile.set(image.file, uncarryImage(image, resolve));
  }
  const fields = new Map<string, CarriedField[]>();
  for (const field of residue.fields ?? []) {
    const list = fields.get(field.file);
    if (list === undefined) fields.set(field.file, [field]);
    else list.push(field);
  }
  for (const [file, list] of fields) {
    const image = byFile.get(file);
    if (image?.form !== 'records') throw contradictory(file, 'there is no such image');
    byFile.set(file, { ...image, records: withFields(image.records, list) });
  }
  return [...byFile.values()];
}

function withFields(records: readonly ImageRecord[], fields: readonly CarriedField[]): ImageRecord[] {
  const out = [...records];
  for (const field of fields) {
    const record = out[field.record];
    if (record === undefined) throw contradictory(field.file, `there is no record ${field.record}`);
    const message = set(
      record.message,
      field.path,
      field.value === undefined ? undefined : uncarry(field.value),
      field,
    );
    out[field.record] = { ...record, message: message as WireMessage };
  }
  return out;
}

/** A copy with the value put in at a path; the parts beside the path are shared. */
function set(
  whole: WireValue | undefined,
  path: readonly (string | number)[],
  value: WireValue | undefined,
  field: CarriedField,
): WireValue | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === 'number') {
    if (!Array.isArray(whole) || key >= whole.length)
      throw contradictory(field.file, `no item ${field.path.join('.')}`);
    const list = [...(whole as readonly WireValue[])];
    list[key] = set(list[key], rest, value, field) as WireValue;
    return list as readonly WireMessage[];
  }
  if (
    whole !== undefined &&
    (typeof whole !== 'object' || Array.isArray(whole) || whole instanceof Uint8Array)
  ) {
    throw contradictory(field.file, `no field ${field.path.join('.')}`);
  }
  const message: Record<string, WireValue> = { ...(whole as WireMessage | undefined) };
  const changed = set(message[key], rest, value, field);
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

function uncarryImage(image: CarriedImage, resolve: PayloadResolver): Image {
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

function contradictory(file: string, detail: string) {
  return fail('document-contradictory', { path: `/residue (${file})`, detail });
}
