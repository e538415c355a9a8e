/** A process with much memory: freeze and thaw, raw and by `ckpt`. */
import type { Row } from './rows.js';
import { type BenchSetup, ckptFreeze, ckptThaw, clearDisk, rawDump, rawRestore, type Timed } from './runs.js';
import { alternate, median } from './statistics.js';
import { startHog, untilGone } from './trees.js';

const MIB = 2 ** 20;

/** Rounds of freeze and thaw of one process that holds so many MiB. */
export async function measureLarge(
  setup: BenchSetup,
  mebibytes: number,
  rounds: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const raw: { dump: Timed; synced: number; restore: Timed }[] = [];
  const ours: { freeze: Timed; thaw: Timed }[] = [];
  const ofRaw = async (): Promise<void> => {
    const tree = await startHog(setup.folder, mebibytes);
    try {
      await clearDisk(setup);
      const { dump, synced } = await rawDump(setup, tree.pid, false);
      await untilGone(tree.pid);
      raw.push({ dump, synced, restore: await rawRestore(setup) });
    } finally {
      await tree.end();
    }
  };
  const ofCkpt = async (): Promise<void> => {
    const tree = await startHog(setup.folder, mebibytes);
    try {
      await clearDisk(setup);
      const freeze = await ckptFreeze(setup, tree.pid, false);
      await untilGone(tree.pid);
      ours.push({ freeze, thaw: await ckptThaw(setup) });
    } finally {
      await tree.end();
    }
  };
  for (let round = 0; round < rounds; round += 1) {
    await alternate(round, ofRaw, ofCkpt);
    const [a, b] = [raw.at(-1), ours.at(-1)];
    if (a && b) {
      report(
        `  round ${round + 1}: dump ${ms(a.dump.wall)}, synced ${ms(a.synced)}, restore ${ms(a.restore.wall)}; ` +
          `freeze sealed ${ms(b.freeze.sealed ?? 0)}, done ${ms(b.freeze.wall)}, thaw ${ms(b.thaw.wall)}`,
      );
    }
  }
  const dump = median(raw.map(one => one.dump.wall));
  const synced = median(raw.map(one => one.synced));
  const restore = median(raw.map(one => one.restore.wall));
  const sealed = median(ours.map(one => one.freeze.sealed ?? one.freeze.wall));
  const done = median(ours.map(one => one.freeze.wall));
  const thawed = median(ours.map(one => one.thaw.wall));
  const peak = Math.max(...ours.flatMap(one => [one.freeze.peak ?? 0, one.thaw.peak ?? 0]));
  const size = mebibytes % 1024 === 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
  const row = (what: string, from: number, to: number, limit: Row['limit']): Row => ({
    what: `${size}: ${what}`,
    unit: 'ms',
    raw: from,
    ckpt: to,
    limit,
  });
  return [
    row('freeze until sealed, all of it on stable storage; raw: not synced', dump, sealed, {
      kind: 'ratio',
      most: 1.15,
    }),
    row('the same; raw: dump and sync', synced, sealed, { kind: 'ratio', most: 1.15 }),
    row('freeze with the digests of the pages; raw: not synced', dump, done, { kind: 'ratio', most: 1.4 }),
    row('the same; raw: dump and sync', synced, done, { kind: 'ratio', most: 1.4 }),
    row('thaw, digests checked', restore, thawed, { kind: 'ratio', most: 1.3 }),
    {
      what: `${size}: peak memory of ckpt`,
      unit: 'MiB',
      raw: undefined,
      ckpt: peak / MIB,
      limit: { kind: 'absolute', most: 150 },
    },
  ];
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
