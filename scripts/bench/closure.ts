/** What it costs to find out what belongs together, on a machine full of trees. */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Row } from './rows.js';
import { median } from './statistics.js';
import { untilGone } from './trees.js';

const here = import.meta.dirname;

/** Starts so many trees of so many processes, and takes their closure several times, each in a process of its own. */
export async function measureClosure(
  folder: string,
  trees: number,
  processes: number,
  rounds: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const ready = join(folder, 'forest');
  await rm(ready, { force: true });
  const args = ['-I', '-S', join(here, 'programs', 'forest.py'), ready, String(trees), String(processes)];
  const forest = spawn('/usr/bin/python3', args, { detached: true, stdio: 'ignore', cwd: '/' });
  try {
    const roots = await rootsIn(ready);
    const walls: number[] = [];
    const peaks: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { stdout } = await execa(process.execPath, [
        ...['--import', 'tsx', join(here, 'measure-closure.ts')],
        ...roots,
      ]);
      const measured = JSON.parse(stdout) as { members: number; wall: number; peak: number };
      if (measured.members !== trees * processes)
        throw new Error(`${measured.members} processes seen, not ${trees * processes}`);
      report(`  closure of ${measured.members} processes: ${measured.wall.toFixed(0)} ms`);
      walls.push(measured.wall / 1000);
      peaks.push(measured.peak / 2 ** 20);
    }
    const what = `closure of ${trees} trees of ${processes} processes`;
    const row = { raw: undefined } as const;
    return [
      { ...row, what, unit: 's', ckpt: median(walls), limit: { kind: 'absolute', most: 2 } },
      {
        ...row,
        what: `${what}: peak memory`,
        unit: 'MiB',
        ckpt: median(peaks),
        limit: { kind: 'absolute', most: 300 },
      },
    ];
  } finally {
    // Every tree ends with it (PR_SET_PDEATHSIG).
    forest.kill('SIGKILL');
    if (forest.pid !== undefined) await untilGone(forest.pid);
  }
}

async function rootsIn(ready: string): Promise<readonly string[]> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const text = await readFile(ready, 'utf8').catch(() => '');
    if (text !== '') return text.split(' ');
    if (performance.now() > deadline) throw new Error('waited 120 s for the forest to stand');
    await sleep(50);
  }
}
