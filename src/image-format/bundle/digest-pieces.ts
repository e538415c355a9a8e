import { constants, open } from 'node:fs/promises';
import { BytesDigest, digestFile } from './digest.js';

/** Bytes in memory at a time. */
const PIECE = 256 * 1024;
/** From this size on, threads are worth what they take. */
const LARGE = 64 * 1024 * 1024;

/**
 * The digest of a file for whoever has other things in memory: of one that is not large, on this thread, a little at a
 * time. Throws `RangeError` for a file that is shorter.
 */
export async function digestInPieces(
  path: string,
  size: number,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  if (size >= LARGE) return digestFile(path, size, 2, onBytes);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const digest = new BytesDigest();
    const buffer = new Uint8Array(Math.min(PIECE, size));
    for (let done = 0; done < size; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - done), done);
      if (bytesRead === 0) throw new RangeError(`${path} ends at ${done}, ${size - done} bytes early`);
      digest.update(buffer.subarray(0, bytesRead));
      onBytes(bytesRead);
      done += bytesRead;
    }
    return digest.digest();
  } finally {
    await file.close();
  }
}
