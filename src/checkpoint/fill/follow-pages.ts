import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manner } from '../../image-format/bundle/chunk-lane.js';
import { CHUNK, digestsElsewhere, FileDigest } from '../../image-format/bundle/digest.js';

/** Least milliseconds between two looks at what CRIU has written, when there was nothing to do. */
const INTERVAL = 5;

/**
 * Bytes of new pages that are worth a sync, of one file or of many: the disk works while CRIU writes, and little is left
 * to wait for. Smaller pieces hold CRIU up (measured: docs/performance.md).
 */
const SYNC_EVERY = 256 * 2 ** 20;

/** Milliseconds between two words on how far CRIU is. */
const TELL_EVERY = 200;

/** Chunks digested before the next look. */
const AT_ONCE = 4;

/**
 * Has page files written to stable storage while CRIU writes them, and digests them with what time of the processors CRIU
 * leaves. What it did not reach is finished later, never while the trees stand still for it.
 */
export class PageFollower {
  readonly #followed = new Map<string, FileDigest>();
  /** Files behind the newest one: CRIU has finished them (criu/cr-dump.c dumps task after task). */
  readonly #settled = new Set<string>();
  /** Sizes at the last look: what no longer grows goes to the disk while CRIU is at something else. */
  readonly #seen = new Map<string, number>();
  readonly #directories: readonly string[];
  readonly #onBytes: (written: number) => void;
  #told = 0;
  /** Files that go to the disk together, with how far each of them goes. */
  readonly #gathered = new Map<FileDigest, number>();
  /** Bytes that were gathered, and bytes that were sent to the disk before. */
  #waiting = 0;
  #sent = 0;
  #stopped = false;
  #manner: Manner = 'yielding';

  /** @param onBytes is told from time to time how many bytes of pages there are */
  constructor(directories: readonly string[], onBytes: (written: number) => void) {
    this.#directories = directories;
    this.#onBytes = onBytes;
  }

  start(): void {
    void this.#loop();
  }

  /**
   * Ends the following, without waiting for what is under way, and gives the digests begun so far. The caller finishes
   * or closes them.
   */
  stop(): Iterable<FileDigest> {
    this.#stopped = true;
    return this.#followed.values();
  }

  /** The digest of a page file, by the path that CRIU wrote, begun or not. */
  digestOf(path: string): FileDigest {
    return this.#followed.get(path) ?? this.#open(path);
  }

  /** Nothing waits any more: what is left to digest may take its share of the processors. */
  hurry(): void {
    this.#manner = 'equal';
  }

  #open(path: string): FileDigest {
    return new FileDigest(path, () => this.#manner);
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const began = performance.now();
      let advanced = 0;
      for (const directory of this.#directories) advanced += await this.#look(directory);
      this.#tell(began);
      // Looking at thousands of files may not become the main thing that the processors do.
      if (advanced === 0) await sleep(Math.max(INTERVAL, 4 * (performance.now() - began)));
    }
  }

  #tell(now: number): void {
    if (now - this.#told < TELL_EVERY || this.#stopped) return;
    this.#told = now;
    let written = 0;
    for (const size of this.#seen.values()) written += size;
    if (written > 0) this.#onBytes(written);
  }

  /** Looks at the files of one dump; gives the number of chunks digested. */
  async #look(directory: string): Promise<number> {
    const paths = await pageFiles(directory);
    let advanced = 0;
    for (const [index, path] of paths.entries()) {
      if (this.#stopped) return 0;
      if (this.#settled.has(path)) continue;
      // A failure is met again, and told, when the digest is finished and the file is waited for.
      advanced += await this.#advance(path, index < paths.length - 1).catch(() => 0);
    }
    return advanced;
  }

  async #advance(path: string, complete: boolean): Promise<number> {
    const digest = this.#followed.get(path) ?? this.#follow(path);
    const size = digest.size();
    if (this.#stopped) return 0;
    const resting = size > 0 && size === this.#seen.get(path);
    this.#seen.set(path, size);
    if (complete || resting || size - digest.syncedSize >= SYNC_EVERY) this.#gather(digest, size);
    // On this thread, which has to notice at once when CRIU is done, only what is cheap beside what is still to come.
    if (!complete && !digestsElsewhere(size)) return 0;
    if (complete && digest.left(size) < CHUNK) this.#settled.add(path);
    return digest.advance(size, 1, AT_ONCE);
  }

  /** Sends files to the disk: the first ones at once, for a dump may be small, then more and more together. */
  #gather(digest: FileDigest, size: number): void {
    this.#waiting += size - Math.max(digest.syncedSize, this.#gathered.get(digest) ?? 0);
    this.#gathered.set(digest, size);
    if (this.#waiting < Math.min(SYNC_EVERY, this.#sent)) return;
    for (const [one, to] of this.#gathered) one.sync(to);
    this.#gathered.clear();
    this.#sent += this.#waiting;
    this.#waiting = 0;
  }

  #follow(path: string): FileDigest {
    const digest = this.#open(path);
    this.#followed.set(path, digest);
    return digest;
  }
}

/** The page files of a dump, in the order in which CRIU made them. */
async function pageFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .flatMap(name => {
      const id = /^pages-(\d+)\.img$/.exec(name)?.[1];
      return id === undefined ? [] : [{ id: Number(id), path: join(directory, name) }];
    })
    .sort((a, b) => a.id - b.id)
    .map(({ path }) => path);
}
