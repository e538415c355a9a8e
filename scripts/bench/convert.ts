/** What import and convert take: memory for many mappings, and reads for much memory. Neither depends on the machine. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { peakOf } from '../../test/support/peak.js';
import type { Row } from './rows.js';
import type { BenchSetup } from './runs.js';
import { syntheticImages, writeSynthetic } from './synthetic-images.js';

const MIB = 2 ** 20;
/** Peak memory, as a multiple of the metadata's size. */
const PER_METADATA = 10;

/** Sets that differ in nothing but their pages: 20 processes with 100 mappings each. */
const SPARSE = { processes: 20, mappings: 2000, small: 1, large: 1311 } as const;

interface Commands {
  readonly what: string;
  readonly args: (place: Place) => readonly string[];
}

/** Where one measurement works. */
interface Place {
  readonly images: string;
  readonly store: string;
  readonly target: string;
}

const store = ({ store: at }: Place): readonly string[] => ['--store', at];
const COMMANDS: readonly Commands[] = [
  { what: 'import', args: at => ['import', at.images, '--name', 'it', '--no-digests', ...store(at)] },
  { what: 'convert from images', args: at => ['convert', at.images, at.target, '--to', 'criu:4.1.1'] },
  {
    what: 'convert from a bundle',
    args: at => ['convert', 'it', at.target, '--to', 'criu:4.1.1', ...store(at)],
  },
  {
    what: 'convert to a bundle',
    args: at => ['convert', 'it', at.target, '--to', 'neutral', '--no-digests', ...store(at)],
  },
];

/** Measures on made-up images whose pages are holes. */
export async function measureConvert(
  setup: BenchSetup,
  processes: number,
  mappings: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const many = prepare(setup, processes, mappings, 8);
  const metadata = metadataOf(many.images);
  const rows: Row[] = [];
  for (const { what, args } of COMMANDS) {
    const { peak } = await run(setup, many, args(many));
    report(`  ${what}: ${(peak / MIB).toFixed(1)} MiB`);
    rows.push({
      what: `${processes} processes, ${mappings} mappings: peak memory of ${what} (metadata ${(metadata / MIB).toFixed(1)} MiB)`,
      unit: 'MiB',
      raw: undefined,
      ckpt: peak / MIB,
      limit: { kind: 'absolute', most: Math.round((PER_METADATA * metadata) / MIB) },
    });
  }
  const sizes = { small: new Map<string, number>(), large: new Map<string, number>() };
  for (const size of ['small', 'large'] as const) {
    const place = prepare(setup, SPARSE.processes, SPARSE.mappings, SPARSE[size]);
    for (const { what, args } of COMMANDS) {
      sizes[size].set(what, (await run(setup, place, args(place))).read / MIB);
    }
  }
  for (const { what } of COMMANDS) {
    rows.push({
      what: `10 GiB of pages: bytes read by ${what}; raw: 8 MiB of pages`,
      unit: 'MiB',
      raw: sizes.small.get(what) ?? 0,
      ckpt: sizes.large.get(what) ?? 0,
      limit: { kind: 'ratio', most: 1.05 },
    });
  }
  return rows;
}

function prepare(setup: BenchSetup, processes: number, mappings: number, pages: number): Place {
  const folder = join(setup.folder, 'convert');
  rmSync(folder, { recursive: true, force: true });
  const place = {
    images: join(folder, 'images'),
    store: join(folder, 'store'),
    target: join(folder, 'target'),
  };
  mkdirSync(place.images, { recursive: true });
  mkdirSync(place.store);
  writeSynthetic(place.images, syntheticImages(processes, mappings, pages));
  return place;
}

function metadataOf(directory: string): number {
  return readdirSync(directory)
    .filter(name => !name.startsWith('pages-'))
    .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

async function run(setup: BenchSetup, place: Place, args: readonly string[]) {
  rmSync(place.target, { recursive: true, force: true });
  const result = await peakOf(setup.folder, args, setup.ckpt);
  if (result.status !== 0) throw new Error(`ckpt ${args.join(' ')} ended with ${result.status}`);
  return result;
}
