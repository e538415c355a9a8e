/** Runs of pages in few bytes: where they are, how many, and a state that many share. */
import type { ImageRecord } from '../../image-format/criu/image-set.js';
import type { PageRun } from '../../image-format/neutral/index.js';
import type { JsonWriter } from '../../image-format/neutral/json-writer.js';
import type { PackedList } from '../../image-format/neutral/packed-list.js';
import { pageStates } from '../../image-format/neutral/words/memory.js';
import { bits } from '../shapes/reps.js';

const PAGE = 4096;
const state = bits(pageStates);
const FIELDS = 4;
const KNOWN = Object.values(pageStates).reduce((sum, bit) => sum | bit, 0);

export class PackedRuns implements PackedList<PageRun> {
  private constructor(
    private readonly starts: BigUint64Array,
    private readonly counts: Float64Array,
    private readonly states: Uint8Array,
  ) {}

  /** Packs entries of a page map, without its head; undefined where one says more than a start, a count and flags. */
  static of(entries: readonly ImageRecord[]): PackedRuns | undefined {
    const starts = new BigUint64Array(entries.length);
    const counts = new Float64Array(entries.length);
    const states = new Uint8Array(entries.length);
    let bytes = 0;
    for (let i = 0; i < entries.length; i++) {
      const { type, message, payload } = entries[i] as ImageRecord;
      const { vaddr, nr_pages: pages, flags, compat_nr_pages: compatible } = message;
      let fields = 0;
      for (const _ in message) fields++;
      if (
        type !== undefined ||
        payload !== undefined ||
        fields !== FIELDS ||
        compatible !== 0 ||
        typeof vaddr !== 'bigint' ||
        typeof pages !== 'bigint' ||
        typeof flags !== 'number' ||
        (flags & ~KNOWN) !== 0
      ) {
        return undefined; // biome-ignore format: one question
      }
      starts[i] = vaddr;
      counts[i] = Number(pages);
      states[i] = flags;
      bytes += (counts[i] as number) * PAGE;
    }
    return Number.isSafeInteger(bytes) ? new PackedRuns(starts, counts, states) : undefined;
  }

  list(): PageRun[] {
    let at = 0;
    return Array.from(this.starts, (start, i) => {
      const run: PageRun = {
        start: `0x${start.toString(16)}`,
        count: this.counts[i] as number,
        state: state.lift(this.states[i] as number),
      };
      if (((this.states[i] as number) & pageStates.present) === 0) return run;
      run.at = at;
      at += run.count * PAGE;
      return run;
    });
  }

  write(to: JsonWriter): void {
    let at = 0;
    to.text('[');
    for (let i = 0; i < this.starts.length; i++) {
      const start = this.starts[i] as bigint;
      const flags = this.states[i] as number;
      to.text(i > 0 ? ',{"start":"0x' : '{"start":"0x');
      to.hex(Number(start >> 32n), Number(start & 0xffffffffn));
      to.bytes(COUNT);
      to.decimal(this.counts[i] as number);
      to.bytes(STATES[flags] as Uint8Array);
      if (flags & pageStates.present) {
        to.bytes(AT);
        to.decimal(at);
        at += (this.counts[i] as number) * PAGE;
      }
      to.text('}');
    }
    to.text(']');
  }
}

const COUNT = Buffer.from('","count":');
const AT = Buffer.from(',"at":');
const STATES = Array.from({ length: KNOWN + 1 }, (_, flags) =>
  Buffer.from(`,"state":${JSON.stringify(state.lift(flags))}`),
);
