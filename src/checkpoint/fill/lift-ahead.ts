import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { type MemoryLifter, memoryLifter } from '../../converters/index.js';
import { largeImage } from '../../image-format/criu/read-image-set.js';

/** A dump that is over by then has little to lift, and CRIU is slower for whoever works beside it, ms. */
const PATIENCE = 250;
/** Between two looks at what CRIU has written, ms. */
const INTERVAL = 250;

/**
 * Lifts images of address spaces while CRIU is at other processes, so that less is left to do while the trees stand
 * still. CRIU only ever appends to an image (criu/image.c), so one that has the same size in the end was all there
 * when it was read; any other is lifted again.
 */
export class LiftAhead {
  /** Sizes at the last look, of images that wait to be found unchanged. */
  readonly #seen = new Map<string, number>();
  /** Sizes of what was lifted, when it was. */
  readonly #lifted = new Map<string, number>();
  /** Files that need no further look: of another kind, or lifted. A dump has thousands. */
  readonly #done = new Set<string>();
  #stopped = false;

  /** Has what was lifted; whole once this has been stopped. */
  readonly lifter: MemoryLifter;

  /**
   * @param directory where CRIU writes its images
   * @param label the tree's, in the document
   * @param criu the version that writes
   */
  constructor(
    private readonly directory: string,
    label: string,
    criu: string,
  ) {
    this.lifter = memoryLifter({ label, criu });
  }

  start(): void {
    // Whatever goes wrong here goes wrong again, and is told, when the dump is lifted.
    this.#loop().catch(() => {});
  }

  /** Ends it, and gives up what was lifted too early. Safe to call twice. */
  stop(): void {
    this.#stopped = true;
    for (const [file, size] of this.#lifted) if (this.#sizeOf(file) !== size) this.lifter.forget(file);
  }

  async #loop(): Promise<void> {
    await sleep(PATIENCE, undefined, { ref: false });
    while (!this.#stopped) {
      for (const file of readdirSync(this.directory)) {
        if (this.#done.has(file) || !this.#rests(file)) continue;
        this.#lift(file);
        // Whoever waits for CRIU comes first.
        await turn();
        if (this.#stopped) return;
      }
      await sleep(INTERVAL, undefined, { ref: false });
    }
  }

  /** Whether an image that is to be lifted has the size that it had at the look before. */
  #rests(file: string): boolean {
    if (!this.#seen.has(file) && largeImage(this.directory, file) === undefined) {
      this.#done.add(file);
      return false;
    }
    const size = this.#sizeOf(file);
    const rests = size !== undefined && size > 0 && size === this.#seen.get(file);
    if (size !== undefined) this.#seen.set(file, size);
    return rests;
  }

  #lift(file: string): void {
    const size = this.#sizeOf(file);
    if (size === undefined) return;
    this.#lifted.set(file, size);
    this.#done.add(file);
    try {
      const image = largeImage(this.directory, file)?.read();
      if (image !== undefined) this.lifter.liftAhead(image);
    } catch {
      // Not all there yet, or not to be understood: the lift at the end will tell.
    }
  }

  #sizeOf(file: string): number | undefined {
    return statSync(join(this.directory, file), { throwIfNoEntry: false })?.size;
  }
}
