import type { Image, ImageRecord, ImageSet, WireMessage } from '../../image-format/criu/image-set.js';
import { int64 } from '../image-index.js';

/**
 * Images in which some files may have changed since the freeze: CRIU compares a file's size, mode, build ID and checksum
 * only where the image names them (criu/files-reg.c, validate_file()). Pure.
 * @param ends paths of such files; a number is the size that the file has now, behind which no position may lie
 */
export function allowChangedFiles<S extends ImageSet>(
  set: S,
  ends: ReadonlyMap<string, bigint | undefined>,
): S {
  if (ends.size === 0) return set;
  const images = set.images.map((image): Image => {
    if (image.form !== 'records' || (image.kind !== 'files' && image.kind !== 'reg-files')) return image;
    return { ...image, records: image.records.map(record => forgiven(record, image.kind, ends)) };
  });
  return { ...set, images };
}

function forgiven(
  record: ImageRecord,
  kind: string,
  ends: ReadonlyMap<string, bigint | undefined>,
): ImageRecord {
  const entry = kind === 'files' ? (record.message.reg as WireMessage | undefined) : record.message;
  const name = entry?.name;
  if (entry === undefined || typeof name !== 'string' || !ends.has(name)) return record;
  const { size: _, mode: __, build_id: ___, checksum: ____, checksum_config: _____, ...rest } = entry;
  const end = ends.get(name);
  const position = int64(entry, 'pos');
  const mended = end !== undefined && position > end ? { ...rest, pos: end } : rest;
  return { ...record, message: kind === 'files' ? { ...record.message, reg: mended } : mended };
}
