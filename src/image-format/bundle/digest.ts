import { createHash, webcrypto } from 'node:crypto';
import { constants, type FileHandle, open } from 'node:fs/promises';

/** Bytes in a digested chunk. Part of the format: `sha256-4m`. */
export const CHUNK = 4 * 1024 * 1024;

/** Combines chunk digests, in order, into the digest that a manifest holds. */
function combine(chunks: readonly Uint8Array[]): string {
  const whole = createHash('sha256');
  for (const chunk of chunks) whole.update(chunk);
  return `sha256-4m:${whole.digest('hex')}`;
}

/** The digest of bytes in memory. */
export function digestBytes(bytes: Uint8Array): string {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    chunks.push(
      createHash('sha256')
        .update(bytes.subarray(at, at + CHUNK))
        .digest(),
    );
  }
  return combine(chunks);
}

/**
 * Digests a file chunk by chunk, on libuv's threads and not on this one, so that it can run while CRIU still writes
 * the file (CRIU appends to page images and never goes back: criu/page-xfer.c) and beside a restore.
 */
export class FileDigest {
  readonly #chunks: Uint8Array[] = [];
  #path: string;
  #next = 0;
  #handle: Promise<FileHandle> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Tells that the file was renamed. */
  relocate(path: string): void {
    this.#path = path;
  }

  /** Digests the whole chunks that lie below `size` and were not taken yet, at most `limit` of them, `lanes` at a time. */
  async advance(size: number, lanes: number, limit = Number.POSITIVE_INFINITY): Promise<void> {
    const end = Math.min(Math.floor(size / CHUNK), this.#next + limit);
    await this.#take(end, size, lanes);
  }

  /** Digests what is left of a file that has its final size, and gives the digest. */
  async finish(size: number, lanes: number, onChunk?: (bytes: number) => void): Promise<string> {
    await this.#take(Math.ceil(size / CHUNK), size, lanes, onChunk);
    await this.close();
    return combine(this.#chunks);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle) await (await handle).close();
  }

  async #take(end: number, size: number, lanes: number, onChunk?: (bytes: number) => void): Promise<void> {
    if (this.#next >= end) return;
    this.#handle ??= open(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const handle = await this.#handle;
    const lane = async (): Promise<void> => {
      const buffer = new Uint8Array(CHUNK);
      while (this.#next < end) {
        const index = this.#next++;
        const length = Math.min(CHUNK, size - index * CHUNK);
        await readFully(handle, buffer, index * CHUNK, length);
        const digest = await webcrypto.subtle.digest('SHA-256', buffer.subarray(0, length));
        this.#chunks[index] = new Uint8Array(digest);
        onChunk?.(length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, end - this.#next) }, lane));
  }
}

/** The digest of a whole file of known size. */
export async function digestFile(
  path: string,
  size: number,
  lanes: number,
  onChunk?: (bytes: number) => void,
): Promise<string> {
  const digest = new FileDigest(path);
  try {
    return await digest.finish(size, lanes, onChunk);
  } finally {
    await digest.close();
  }
}

async function readFully(handle: FileHandle, into: Uint8Array, at: number, length: number): Promise<void> {
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(into, done, length - done, at + done);
    if (bytesRead === 0) throw new RangeError(`file ends at ${at + done}, ${length - done} bytes early`);
    done += bytesRead;
  }
}
