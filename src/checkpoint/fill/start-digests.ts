import type { Emit } from '../../events.js';
import { digestsElsewhere } from '../../image-format/bundle/digest.js';
import { digestPages, type PageMember } from './take-pages.js';

type Digests = ReadonlyMap<string, string>;

/** Digests of page members by path, and how far they are. */
export interface StartedDigests {
  /** Bytes of all members. */
  readonly memory: number;
  /** All of them, where CRIU wrote so slowly that they were there before it was done. */
  readonly ready: Digests | undefined;
  /** Makes the rest. For after the seal: those of small files take this thread for as long as they take. */
  readonly finish: () => Promise<Digests>;
}

/** Begins those digests that go on beside the syncs, with what time of the processors is left. */
export async function startDigests(pages: readonly PageMember[], emit: Emit): Promise<StartedDigests> {
  const memory = pages.reduce((sum, page) => sum + page.size, 0);
  const left = pages.reduce((sum, page) => sum + page.file.left(page.size), 0);
  const onBytes = progress(emit, memory, memory - left);
  const waits = ({ size }: PageMember): boolean => left > 0 && !digestsElsewhere(size);
  const begun = digestPages(
    pages.filter(page => !waits(page)),
    onBytes,
  );
  begun.catch(() => {});
  return {
    memory,
    ready: left === 0 ? await begun : undefined,
    finish: async () => new Map([...(await digestPages(pages.filter(waits), onBytes)), ...(await begun)]),
  };
}

/** Turns bytes digested into events. */
function progress(emit: Emit, total: number, before: number): (bytes: number) => void {
  let done = before;
  return bytes => {
    done += bytes;
    emit({ type: 'progress', operation: 'freeze', what: 'digests', done, total, unit: 'bytes' });
  };
}
