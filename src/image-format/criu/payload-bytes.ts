/** The bytes of payloads, from wherever they lie: the one place that reads them. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { fail } from '../../errors.js';
import { withItself } from '../../file-itself.js';
import type { Payload, PayloadInFile } from './image-set.js';

/** Bytes read at a time from a file: an unlinked file can be large. */
const CHUNK = 1024 * 1024;

/**
 * The bytes of a payload, piece by piece. A piece is only good until the next one is asked for: they share one buffer.
 * Links are not followed. Throws `image-unreadable`, and `image-truncated` for a file that became shorter.
 */
export function* piecesOf(payload: Payload): Generator<Uint8Array> {
  if (payload.in === 'memory') {
    yield payload.bytes;
    return;
  }
  const { path, offset, length } = payload;
  const fd = opened(payload);
  try {
    const chunk = new Uint8Array(Math.min(CHUNK, length));
    for (let done = 0; done < length; ) {
      const got = readSync(fd, chunk, 0, Math.min(chunk.length, length - done), offset + done);
      if (got === 0) {
        const detail = `it became shorter than ${offset + length} bytes`;
        throw fail('image-truncated', { where: path, detail });
      }
      yield chunk.subarray(0, got);
      done += got;
    }
  } finally {
    closeSync(fd);
  }
}

/** Writes bytes from wherever they lie to an open file. */
export function writePayload(fd: number, payload: Payload): void {
  for (const piece of piecesOf(payload)) writeAll(fd, piece);
}

/** A disk that is nearly full takes a part only, without an error (write(2)): the next write then says why. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done);
}

function opened({ path, identity }: PayloadInFile): number {
  try {
    if (identity !== undefined) return openedAgain(path, identity);
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : '';
    throw fail('image-unreadable', { where: path, detail }, { cause });
  }
}

function openedAgain(path: string, identity: string): number {
  return withItself(path, file => {
    if (file?.identity === identity) return openSync(file.place, constants.O_RDONLY);
    throw new RangeError('it is not there any more, or another one is in its place');
  });
}
