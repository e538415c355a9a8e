/**
 * `npm run bench [-- --quick] [--json] [--only PART,…] [--rounds N] [--folder DIR] [--ckpt PROGRAM]`: what `ckpt`
 * costs over raw CRIU, side by side. Ends with status 1 when a limit is passed.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { cacheFolder } from '../toolbox/cache.js';
import { criuFromToolbox } from '../toolbox/index.js';
import { measureClosure } from './closure.js';
import { measureCodec } from './codec.js';
import { measureConvert } from './convert.js';
import { measureLarge } from './large.js';
import { type Judged, judge, type Row, renderRows } from './rows.js';
import type { BenchSetup } from './runs.js';
import { measureStill } from './still.js';

const root = join(import.meta.dirname, '..', '..');
const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

type Part = 'closure' | 'codec' | 'convert' | 'small' | 'large' | 'swarm';
const parts: readonly Part[] = ['small', 'large', 'swarm', 'codec', 'convert', 'closure'];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: parts.join(',') },
    rounds: { type: 'string' },
    folder: { type: 'string', default: cacheFolder() },
    ckpt: { type: 'string' },
  },
});

/** How much each part measures; `--quick` shows the same rows from less. */
const full = {
  small: 9,
  large: 5,
  mebibytes: 1024,
  swarm: 3,
  processes: 500,
  mappings: 400,
  trees: 500,
  closures: 5,
};
const quick = {
  small: 3,
  large: 1,
  mebibytes: 256,
  swarm: 1,
  processes: 100,
  mappings: 400,
  trees: 100,
  closures: 1,
};

async function bench(): Promise<readonly Judged[]> {
  if (process.getuid?.() !== 0) throw new Error('the bench freezes processes, which needs root');
  const size = values.quick ? quick : full;
  const wanted = values.only.split(',');
  const unknown = wanted.find(name => !parts.some(part => part === name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}; there are ${parts.join(', ')}`);
  const rounds = (usual: number): number => (values.rounds === undefined ? usual : Number(values.rounds));
  const ckpt = values.ckpt === undefined ? await build() : resolve(values.ckpt);
  await mkdir(values.folder, { recursive: true });
  const folder = await mkdtemp(join(values.folder, 'bench-'));
  try {
    const setup: BenchSetup = { folder, ckpt, criu: await criuFromToolbox('4.2.1', report) };
    const measure: Record<Part, () => Promise<Row[]>> = {
      small: () =>
        measureStill(
          setup,
          {
            name: 'tree of 6 MB',
            mebibytes: 0,
            children: 0,
            mappings: 0,
            still: { kind: 'more', most: 30 },
            whole: { kind: 'more', most: 150 },
          },
          rounds(size.small),
          report,
        ),
      large: () => measureLarge(setup, size.mebibytes, rounds(size.large), report),
      swarm: () =>
        measureStill(
          setup,
          {
            name: `${size.processes} processes, ${size.processes * size.mappings} mappings`,
            mebibytes: 1,
            children: size.processes - 1,
            mappings: size.mappings,
            still: { kind: 'ratio', most: 1.2 },
            whole: { kind: 'informative' },
            memoryPerMetadata: 10,
          },
          rounds(size.swarm),
          report,
        ),
      closure: () => measureClosure(folder, size.trees, 10, rounds(size.closures), report),
      convert: () => measureConvert(setup, size.processes, size.processes * size.mappings, report),
      codec: () => codec(size.processes, size.processes * size.mappings),
    };
    const rows: Row[] = [];
    for (const part of parts.filter(name => wanted.includes(name))) {
      report(`${part}:`);
      rows.push(...(await measure[part]()));
    }
    return rows.map(judge);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function codec(processes: number, mappings: number): Promise<Row[]> {
  const times = await measureCodec(processes, mappings, line => report(`  ${line}`));
  return [
    {
      what: `images of ${processes} processes, ${mappings} mappings: decode and encode; raw: crit`,
      unit: 's',
      raw: times.crit,
      ckpt: times.ckpt,
      limit: { kind: 'least-ratio', least: 20 },
    },
  ];
}

async function build(): Promise<string> {
  report('building dist/ckpt');
  await execa(process.execPath, [join(root, 'scripts/run.mjs'), join(root, 'scripts/build/executable.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(root, 'dist', 'ckpt');
}

try {
  const rows = await bench();
  if (values.json) process.stdout.write(`${JSON.stringify({ kind: 'bench', quick: values.quick, rows })}\n`);
  else process.stdout.write(`\n${renderRows(rows)}\n`);
  if (rows.some(row => row.verdict === 'over')) process.exitCode = 1;
} catch (error) {
  report(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
