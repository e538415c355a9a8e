import { open } from 'node:fs/promises';
import type { Pages } from '../image-format/neutral/index.js';
import { PAGE } from '../image-format/page.js';

/** Pages compared at a time: 1 MiB of each side is in memory, whatever the processes have. */
const CHUNK = 256;

/** How the contents of an address space differ, in pages. */
export interface PageCount {
  readonly same: number;
  readonly changed: number;
  /** Present on one side only. */
  readonly added: number;
  readonly removed: number;
  /** Present on both sides in a form that cannot be compared (compressed). */
  readonly unknown: number;
}

/** Present pages that follow each other: page number, how many, offset in the payload; -1 where that says nothing. */
interface Run {
  readonly page: number;
  readonly count: number;
  readonly at: number;
}

/** Compares contents page by page, reading both files a little at a time. What is the same file is not read. */
export async function comparePages(a: Pages, fileA: string, b: Pages, fileB: string): Promise<PageCount> {
  const [left, right] = [runsOf(a), runsOf(b)];
  const [handleA, handleB] = await Promise.all([open(fileA, 'r'), open(fileB, 'r')]);
  try {
    const [statA, statB] = await Promise.all([handleA, handleB].map(one => one.stat({ bigint: true })));
    const oneFile = statA?.dev === statB?.dev && statA?.ino === statB?.ino;
    const count = { same: 0, changed: 0, added: 0, removed: 0, unknown: 0 };
    let both = 0;
    const buffers = [Buffer.alloc(CHUNK * PAGE), Buffer.alloc(CHUNK * PAGE)] as const;
    for (const { atA, atB, pages } of overlaps(left, right)) {
      both += pages;
      if (atA < 0 || atB < 0) count.unknown += pages;
      else if (oneFile && atA === atB) count.same += pages;
      else {
        for (let done = 0; done < pages; done += CHUNK) {
          const length = Math.min(CHUNK, pages - done) * PAGE;
          const [first, second] = await Promise.all([
            handleA.read(buffers[0], 0, length, atA + done * PAGE),
            handleB.read(buffers[1], 0, length, atB + done * PAGE),
          ]);
          const changed = differing(
            buffers[0].subarray(0, first.bytesRead),
            buffers[1].subarray(0, second.bytesRead),
            length,
          );
          count.changed += changed;
          count.same += length / PAGE - changed;
        }
      }
    }
    count.removed = sum(left) - both;
    count.added = sum(right) - both;
    return count;
  } finally {
    await Promise.all([handleA.close(), handleB.close()]);
  }
}

function differing(a: Buffer, b: Buffer, length: number): number {
  if (a.equals(b)) return 0;
  let changed = 0;
  for (let at = 0; at < length; at += PAGE) {
    if (!a.subarray(at, at + PAGE).equals(b.subarray(at, at + PAGE))) changed++;
  }
  return changed;
}

function runsOf({ runs }: Pages): Run[] {
  return runs
    .filter(run => run.at !== undefined)
    .map(({ start, count, at = 0, compressed }) => ({
      page: Number(BigInt(start) >> 12n),
      count,
      at: compressed === undefined ? at : -1,
    }))
    .sort((one, other) => one.page - other.page);
}

function sum(runs: readonly Run[]): number {
  return runs.reduce((total, { count }) => total + count, 0);
}

/** The stretches that both sides have. Runs of one side do not overlap; where hostile ones do, some are passed over. */
function* overlaps(
  left: readonly Run[],
  right: readonly Run[],
): Generator<{ atA: number; atB: number; pages: number }> {
  let i = 0;
  let j = 0;
  for (;;) {
    const [a, b] = [left[i], right[j]];
    if (a === undefined || b === undefined) return;
    const start = Math.max(a.page, b.page);
    const end = Math.min(a.page + a.count, b.page + b.count);
    if (end > start) {
      const at = (run: Run): number => (run.at < 0 ? -1 : run.at + (start - run.page) * PAGE);
      yield { atA: at(a), atB: at(b), pages: end - start };
    }
    if (a.page + a.count <= b.page + b.count) i++;
    else j++;
  }
}
