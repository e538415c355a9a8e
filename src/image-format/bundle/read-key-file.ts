import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** More is no key, bytes. */
const MOST = 64 * 1024;
/** How long somebody may take to write a key into a pipe, ms. */
const PATIENCE = 10_000;
const PAUSE = 10;

/**
 * The text of a key, which may come through a pipe (`<(pass show key)`) or a FIFO. Throws what the system says, and a RangeError for what
 * is too long, or for a pipe into which nobody writes.
 */
export function readKeyFile(path: string, patience = PATIENCE): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const isPipe = fstatSync(fd).isFIFO();
    const text = Buffer.alloc(MOST + 1);
    const deadline = performance.now() + patience;
    for (let length = 0; ; ) {
      const got = readSome(fd, text.subarray(length));
      length += got ?? 0;
      if (length > MOST) throw new RangeError(`it has more than ${MOST} bytes`);
      // Nobody has opened the other end yet, where nothing at all has come.
      if (got === 0 && !(isPipe && length === 0)) return text.subarray(0, length);
      if (performance.now() > deadline)
        throw new RangeError(`nobody has written a key into it within ${patience / 1000} s`);
      if (!got) pause();
    }
  } finally {
    closeSync(fd);
  }
}

/** How many bytes came, 0 at the end; undefined where more may come. */
function readSome(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}
