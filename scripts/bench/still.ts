/** How long a tree stands still, as it notices itself, and how long the whole command takes. */
import type { Row } from './rows.js';
import { type BenchSetup, ckptFreeze, clearDisk, rawDump, rawSizes, type Timed } from './runs.js';
import { alternate, median } from './statistics.js';
import { monotonic, startTicker } from './trees.js';

const MIB = 2 ** 20;

/** A tree for this measurement, and the limits that hold for it. */
export interface StillCase {
  readonly name: string;
  readonly mebibytes: number;
  readonly children: number;
  readonly mappings: number;
  readonly still: Row['limit'];
  readonly whole: Row['limit'];
  /** Peak memory as a multiple of the metadata's size; undefined: 150 MiB. */
  readonly memoryPerMetadata?: number;
}

/** Freezes one tree again and again with `--leave-running`, raw and by `ckpt`. */
export async function measureStill(
  setup: BenchSetup,
  one: StillCase,
  rounds: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const raw: { whole: Timed; synced: number; still: number }[] = [];
  const ours: { whole: Timed; still: number }[] = [];
  const tree = await startTicker(setup.folder, one);
  let metadata = 0;
  try {
    const ofRaw = async (): Promise<void> => {
      await clearDisk(setup);
      const since = monotonic();
      const { dump: whole, synced } = await rawDump(setup, tree.pid, true);
      await tick();
      raw.push({ whole, synced, still: await tree.longestGap(since) });
      metadata = (await rawSizes(setup)).metadata;
    };
    const ofCkpt = async (): Promise<void> => {
      await clearDisk(setup);
      const since = monotonic();
      const whole = await ckptFreeze(setup, tree.pid, true);
      await tick();
      ours.push({ whole, still: await tree.longestGap(since) });
    };
    for (let round = 0; round < rounds; round += 1) {
      await alternate(round, ofRaw, ofCkpt);
      const [a, b] = [raw.at(-1), ours.at(-1)];
      if (a && b) {
        report(
          `  round ${round + 1}: stood still ${ms(a.still)} raw, ${ms(b.still)} ckpt; ` +
            `whole ${ms(a.whole.wall)} raw (synced ${ms(a.synced)}), ${ms(b.whole.wall)} ckpt`,
        );
      }
    }
  } finally {
    await tree.end();
  }
  const synced = median(raw.map(r => r.synced)) - median(raw.map(r => r.whole.wall));
  const still = median(raw.map(r => r.still));
  const stillHere = median(ours.map(r => r.still));
  const peak = Math.max(...ours.map(r => r.whole.peak ?? 0)) / MIB;
  const most = one.memoryPerMetadata === undefined ? 150 : (one.memoryPerMetadata * metadata) / MIB;
  const time = (what: string, from: number, to: number, limit: Row['limit']): Row => ({
    what: `${one.name}: ${what}`,
    unit: 'ms',
    raw: from,
    ckpt: to,
    limit,
  });
  return [
    time('stands still; raw: not synced', still, stillHere, one.still),
    time('stands still; raw: and sync', still + synced, stillHere, { kind: 'informative' }),
    time(
      'freeze, whole command',
      median(raw.map(r => r.whole.wall)),
      median(ours.map(r => r.whole.wall)),
      one.whole,
    ),
    {
      what: `${one.name}: peak memory of ckpt (metadata ${(metadata / MIB).toFixed(2)} MiB)`,
      unit: 'MiB',
      raw: undefined,
      ckpt: peak,
      limit: { kind: 'absolute', most: Math.round(most) },
    },
  ];
}

/** Long enough for the tree to have noticed and noted the gap. */
function tick(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 300));
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
