import type { Worker } from 'node:worker_threads';

/**
 * How a thread stands to others that want a processor: `equal`, or `yielding`, which leaves it to them. Yielding is for
 * the time in which a tree stands still: CRIU comes first, and digests take what is left.
 */
export type Manner = 'equal' | 'yielding';

/**
 * What a lane's thread runs: SHA-256 of a stretch of a file, read in pieces that stay in the processor's cache. Plain
 * JavaScript in a string, so that it is in the single executable too, where no module can be loaded.
 */
const SOURCE = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { constants, getPriority, setPriority } = require('node:os');
const { readSync } = require('node:fs');
const buffer = Buffer.allocUnsafeSlow(256 * 1024);
const usual = getPriority();
let manner = 'equal';
// On Linux a thread's niceness is its own (setpriority(2), "C library/kernel differences"). Who may not take it back
// goes on as it is.
const take = wanted => {
  if (wanted === manner) return;
  manner = wanted;
  try {
    setPriority(wanted === 'yielding' ? constants.priority.PRIORITY_LOW : usual);
  } catch {}
};
parentPort.on('message', ({ fd, at, length, manner }) => {
  try {
    take(manner);
    const hash = createHash('sha256');
    for (let done = 0; done < length; ) {
      const got = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), at + done);
      if (got === 0) throw new RangeError('file ends at ' + (at + done) + ', ' + (length - done) + ' bytes early');
      hash.update(buffer.subarray(0, got));
      done += got;
    }
    parentPort.postMessage(new Uint8Array(hash.digest()));
  } catch (error) {
    parentPort.postMessage(error.message);
  }
});
`;

/** A thread that digests chunks, one at a time. 1.4 times as fast as WebCrypto, which takes every chunk in one copy. */
class ChunkLane {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
  }

  /** Loads what threads need only now: small bundles have none. */
  static async start(): Promise<ChunkLane> {
    const { Worker } = await import('node:worker_threads');
    const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 };
    return new ChunkLane(new Worker(SOURCE, { eval: true, resourceLimits }));
  }

  digest(fd: number, at: number, length: number, manner: Manner): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      const settle = (act: () => void): void => {
        worker.off('message', answered).off('error', failed);
        worker.unref();
        act();
      };
      const answered = (answer: Uint8Array | string): void =>
        settle(() => (typeof answer === 'string' ? reject(new RangeError(answer)) : resolve(answer)));
      const failed = (error: Error): void => settle(() => reject(error));
      worker.on('message', answered).on('error', failed);
      // An idle lane keeps nobody from ending; one at work is waited for.
      worker.ref();
      worker.postMessage({ fd, at, length, manner });
    });
  }
}

const idle: ChunkLane[] = [];

/**
 * SHA-256 of `length` bytes at `at` of an open file, on a thread of its own. As many threads come to be as calls run at
 * once; they stay for the next.
 */
export async function digestChunk(
  fd: number,
  at: number,
  length: number,
  manner: Manner,
): Promise<Uint8Array> {
  const lane = idle.pop() ?? (await ChunkLane.start());
  const digest = await lane.digest(fd, at, length, manner);
  idle.push(lane);
  return digest;
}
