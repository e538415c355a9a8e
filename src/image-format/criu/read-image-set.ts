/** Reads a directory of CRIU images. Page payloads are only listed; long payloads stay where they are. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../errors.js';
import { FileSource, IN_MEMORY, longestImage, MemorySource } from './byte-source.js';
import {
  CRIU_VERSIONS,
  type DeferredImage,
  type Image,
  type ImageSet,
  type PagesFile,
  type ScannedImageSet,
} from './image-set.js';
import { INVENTORY } from './inventory.js';
import type { Kind } from './kind-rows.js';
import { kindOfFile, LARGE_KINDS } from './kinds.js';
import { readRecords } from './records.js';
import { ROOM_LARGE, ROOM_OTHERS } from './wire-reader.js';

/** CRIU's link to the images of the dump before, in an incremental dump. */
const PARENT_LINK = 'parent';
/** What a file takes in memory beside its content, roughly, in bytes. */
const PER_FILE = 1024;

/**
 * Everything that one `criu dump` wrote into `directory`. Files that are no images (logs, pid files) are left out; one
 * that ends in `.img` and is of no known kind is a failure that names it.
 */
export function readImageSet(directory: string): ImageSet {
  const { images, deferred, ...rest } = scanImageSet(directory);
  const read = deferred.map(image => image.read());
  return { ...rest, images: [...images, ...read].sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

/** The same, but images that grow with the memory of the processes are not read yet. */
export function scanImageSet(directory: string): ScannedImageSet {
  const names = reading(directory, () => readdirSync(directory).sort());
  if (!names.includes(INVENTORY)) throw fail('image-none', { where: directory });
  const images: Image[] = [];
  const deferred: DeferredImage[] = [];
  const pages: PagesFile[] = [];
  const room = { left: ROOM_OTHERS };
  for (const file of names) {
    const kind = kindOfFile(file) ?? unknownKind(directory, file);
    if (kind === undefined) continue;
    room.left -= PER_FILE;
    if (room.left < 0)
      throw fail('image-excessive', { where: directory, detail: 'it holds more than any dump does' });
    if (LARGE_KINDS.has(kind.kind)) deferred.push(deferredImage(directory, file, kind));
    else {
      const found = readImage(directory, file, kind, room);
      if ('size' in found) pages.push(found);
      else images.push(found);
    }
  }
  const parent = names.includes(PARENT_LINK) ? parentOf(directory) : undefined;
  return { images, deferred, pages, ...(parent === undefined ? undefined : { parent }) };
}

/** An image that grows with the memory of a process, by its name alone; undefined for a file of another kind. */
export function largeImage(directory: string, file: string): DeferredImage | undefined {
  const kind = kindOfFile(file);
  return kind !== undefined && LARGE_KINDS.has(kind.kind) ? deferredImage(directory, file, kind) : undefined;
}

function deferredImage(directory: string, file: string, kind: Kind): DeferredImage {
  return {
    file,
    kind: kind.kind,
    read: () => {
      const image = readImage(directory, file, kind, { left: ROOM_LARGE });
      if ('form' in image && image.form === 'records') return image;
      throw new RangeError(`${kind.kind} images hold records`);
    },
  };
}

/** One image from bytes in memory. Pure; a page payload is a raw image here. */
export function parseImage(file: string, bytes: Uint8Array): Image {
  const kind = kindOfFile(file) ?? unknownKind('', file) ?? notAnImage(file);
  if (kind.form !== 'records')
    return { file, kind: kind.kind, form: 'raw', content: { in: 'memory', bytes } };
  return {
    file,
    kind: kind.kind,
    form: 'records',
    records: readRecords(kind, file, new MemorySource(bytes)),
  };
}

/** Memory that what is read may still take, roughly, in bytes. */
interface Room {
  left: number;
}

function readImage(directory: string, file: string, kind: Kind, room: Room): Image | PagesFile {
  const where = `${directory}/${file}`;
  // no link is followed, and no FIFO waited for
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = reading(where, () => openSync(where, flags));
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw fail('image-not-a-file', { where });
    if (kind.form === 'pages') return { file, size: stat.size };
    const longest = longestImage(kind.kind);
    const source = new FileSource(fd, where, stat.size, longest, room.left);
    if (kind.form === 'raw')
      return { file, kind: kind.kind, form: 'raw', content: source.payload(0, stat.size) };
    if (kind.payload !== undefined && stat.size > IN_MEMORY) {
      const records = readRecords(kind, where, source);
      room.left = source.room;
      return { file, kind: kind.kind, form: 'records', records };
    }
    if (stat.size > longest)
      throw fail('image-excessive', { where, detail: `it is ${stat.size} bytes long` });
    const bytes = reading(where, () => readWhole(fd, stat.size));
    const inMemory = new MemorySource(bytes, room.left);
    const records = readRecords(kind, where, inMemory);
    room.left = inMemory.room;
    return { file, kind: kind.kind, form: 'records', records };
  } finally {
    closeSync(fd);
  }
}

/** For one file after the other: what is read out of an image is copied. */
const scratch = Buffer.allocUnsafeSlow(256 * 1024);

/** A file of known size: less work than `readFileSync`, and a dump has thousands of small files. */
function readWhole(fd: number, size: number): Uint8Array {
  const bytes = size <= scratch.length ? scratch.subarray(0, size) : Buffer.allocUnsafe(size);
  let length = 0;
  for (let got = -1; got !== 0 && length < size; length += got) {
    got = readSync(fd, bytes, length, size - length, length);
  }
  return length === size ? bytes : bytes.subarray(0, length);
}

function unknownKind(directory: string, file: string): undefined {
  if (!file.endsWith('.img')) return undefined;
  throw fail('image-kind-unknown', { where: path.join(directory, file), known: CRIU_VERSIONS.join(', ') });
}

function notAnImage(file: string): never {
  throw fail('image-kind-unknown', { where: file, known: CRIU_VERSIONS.join(', ') });
}

function parentOf(directory: string): string {
  return reading(path.join(directory, PARENT_LINK), () => readlinkSync(path.join(directory, PARENT_LINK)));
}

function reading<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    if (cause.code === 'ELOOP') throw fail('image-not-a-file', { where }, { cause });
    throw fail('image-unreadable', { where, detail: cause.message }, { cause });
  }
}
