import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileDigest } from '../image-format/bundle/digest.js';

/** Milliseconds between two looks at what CRIU has written. */
const INTERVAL = 10;

/**
 * Digests page files while CRIU writes them: one lane, so that CRIU keeps a core to itself. What it did not reach is
 * finished after the trees have gone, never while they stand still for it.
 */
export class PageFollower {
  readonly #digests = new Map<string, FileDigest>();
  readonly #directories: readonly string[];
  #stopped = false;
  #done: Promise<void> | undefined;

  constructor(directories: readonly string[]) {
    this.#directories = directories;
  }

  start(): void {
    this.#done = this.#loop();
  }

  /** Ends the following and gives the digests begun so far, by path. The caller finishes and closes them. */
  async stop(): Promise<ReadonlyMap<string, FileDigest>> {
    this.#stopped = true;
    await this.#done;
    return this.#digests;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      for (const path of await this.#pageFiles()) {
        if (this.#stopped) return;
        await this.#advance(path);
      }
      await new Promise(resolve => setTimeout(resolve, INTERVAL));
    }
  }

  async #advance(path: string): Promise<void> {
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    let digest = this.#digests.get(path);
    if (!digest) {
      digest = new FileDigest(path);
      this.#digests.set(path, digest);
    }
    // A few chunks at a time, so that `stop` never waits for a long backlog.
    await digest.advance(size, 1, 4);
  }

  async #pageFiles(): Promise<string[]> {
    const found = await Promise.all(
      this.#directories.map(async directory => {
        const names = await readdir(directory).catch(() => []);
        return names.filter(name => /^pages-\d+\.img$/.test(name)).map(name => join(directory, name));
      }),
    );
    return found.flat();
  }
}
