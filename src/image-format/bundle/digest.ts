import { createHash } from 'node:crypto';
import { close, constants, fdatasync, fstatSync, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { digestChunk, type Manner } from './chunk-lane.js';

/** Bytes in a digested chunk. Part of the format: `sha256-4m`. */
export const CHUNK = 4 * 1024 * 1024;

/**
 * From this size on threads are worth their start (20 ms each). A smaller file is digested on the thread that asks, which
 * does nothing else meanwhile: not for what a tree stands still for.
 */
const WORTH_THREADS = 4 * CHUNK;

/** Whether a file of this size is digested by other threads than the one that asks. */
export function digestsElsewhere(size: number): boolean {
  return size >= WORTH_THREADS;
}

const closeFile = promisify(close);
const syncData = promisify(fdatasync);

/** Read at once: stays in the processor's cache. */
const piece = Buffer.allocUnsafeSlow(256 * 1024);

/** Combines chunk digests, in order, into the digest that a manifest holds. */
function combine(chunks: readonly Uint8Array[]): string {
  const whole = createHash('sha256');
  for (const chunk of chunks) whole.update(chunk);
  return `sha256-4m:${whole.digest('hex')}`;
}

/** Digests bytes as they come, in pieces of any size. */
export class BytesDigest {
  readonly #chunks: Uint8Array[] = [];
  #hash = createHash('sha256');
  #inChunk = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + CHUNK - this.#inChunk);
      this.#hash.update(piece);
      at += piece.length;
      this.#inChunk += piece.length;
      if (this.#inChunk === CHUNK) this.#endChunk();
    }
  }

  /** The digest of everything. Nothing may come afterwards. */
  digest(): string {
    if (this.#inChunk > 0) this.#endChunk();
    return combine(this.#chunks);
  }

  #endChunk(): void {
    this.#chunks.push(this.#hash.digest());
    this.#hash = createHash('sha256');
    this.#inChunk = 0;
  }
}

/** The digest of bytes in memory. */
export function digestBytes(bytes: Uint8Array): string {
  const digest = new BytesDigest();
  digest.update(bytes);
  return digest.digest();
}

/**
 * Digests an open file chunk by chunk, on other threads than this one, so that it can run while CRIU still writes
 * the file (CRIU appends to page images and never goes back: criu/page-xfer.c) and beside a restore. It may be renamed
 * meanwhile.
 */
export class FileDigest {
  readonly #chunks: Uint8Array[] = [];
  readonly #fd: number;
  readonly #manner: () => Manner;
  #running: Promise<unknown> = Promise.resolve();
  #syncing: Promise<unknown> = Promise.resolve();
  #syncedSize = 0;
  #next = 0;
  #closed = false;

  /**
   * Opens the file.
   * @param manner asked for each chunk anew
   */
  constructor(path: string, manner: () => Manner = () => 'equal') {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    this.#manner = manner;
  }

  /** How far `sync` has gone or is under way, in bytes. */
  get syncedSize(): number {
    return this.#syncedSize;
  }

  /** Bytes that lie below `size` and that nobody has taken to digest yet. */
  left(size: number): number {
    return Math.max(0, size - this.#next * CHUNK);
  }

  /** The file's size now. */
  size(): number {
    return fstatSync(this.#fd).size;
  }

  /**
   * Begins to write the file to stable storage, as far as it goes now (`size`); does nothing where that has begun
   * before. `synced` says when, and whether, it is there.
   */
  sync(size: number): void {
    if (size === this.#syncedSize) return;
    this.#syncedSize = size;
    this.#syncing = Promise.all([this.#syncing, syncData(this.#fd)]);
    this.#syncing.catch(() => {});
  }

  /**
   * Resolves when every `sync` so far is done. Rejects for ever once one failed: the kernel tells each open file of a
   * write-back error once only (Documentation/filesystems/vfs.rst, "Handling errors during writeback").
   */
  async synced(): Promise<void> {
    await this.#syncing;
  }

  /** Digests the next whole chunks below `size`, at most `limit` of them, `lanes` at a time; gives how many. */
  async advance(size: number, lanes: number, limit: number): Promise<number> {
    const from = this.#next;
    const end = Math.min(Math.floor(size / CHUNK), from + limit);
    await this.#take(end, size, lanes);
    return Math.max(0, end - from);
  }

  /** Digests what is left of a file that has its final size, and closes it. */
  async finish(size: number, lanes: number, onChunk?: (bytes: number) => void): Promise<string> {
    try {
      await this.#take(Math.ceil(size / CHUNK), size, lanes, onChunk);
      await this.#running;
    } finally {
      // Its sync may still be under way, and has its own who wait for it.
      void this.close().catch(() => {});
    }
    return combine(this.#chunks);
  }

  /** Takes no more chunks, and closes the file once nothing reads it any more. Safe to call twice. */
  async close(): Promise<void> {
    this.#next = Number.POSITIVE_INFINITY;
    await Promise.allSettled([this.#running, this.#syncing]);
    if (this.#closed) return;
    this.#closed = true;
    await closeFile(this.#fd);
  }

  #take(end: number, size: number, lanes: number, onChunk?: (bytes: number) => void): Promise<unknown> {
    const lane = async (): Promise<void> => {
      while (this.#next < end) {
        const index = this.#next++;
        const length = Math.min(CHUNK, size - index * CHUNK);
        this.#chunks[index] = await this.#digest(index * CHUNK, length, digestsElsewhere(size));
        onChunk?.(length);
      }
    };
    const work = Promise.all(Array.from({ length: Math.min(lanes, end - this.#next) }, lane));
    this.#running = Promise.all([this.#running, work]);
    // Whoever waits for `work` hears of its failure, and so does `finish`; a follower that was stopped need not.
    this.#running.catch(() => {});
    return work;
  }

  async #digest(at: number, length: number, threads: boolean): Promise<Uint8Array> {
    return threads ? digestChunk(this.#fd, at, length, this.#manner()) : digestHere(this.#fd, at, length);
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
  return digest.finish(size, lanes, onChunk);
}

function digestHere(fd: number, at: number, length: number): Uint8Array {
  const hash = createHash('sha256');
  for (let done = 0; done < length; ) {
    const got = readSync(fd, piece, 0, Math.min(piece.length, length - done), at + done);
    if (got === 0) throw new RangeError(`file ends at ${at + done}, ${length - done} bytes early`);
    hash.update(piece.subarray(0, got));
    done += got;
  }
  return hash.digest();
}
