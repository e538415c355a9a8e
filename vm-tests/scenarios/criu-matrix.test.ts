/**
 * The matrix: the program set dumped by each CRIU, restored by each, as it is and converted for the one that restores.
 * On 6.1, which all of them run on. The two tables are printed side by side.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { criuFolder, criuFromToolbox } from '../../scripts/toolbox/index.js';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';
import { Machine, vmSupport } from '../driver/index.js';
import { cgroups, plain, spaces } from '../programs/program-trees.js';
import {
  differingImages,
  type LiftedDump,
  liftDump,
  lowerDump,
  unlikeOriginal,
} from './criu-matrix-images.js';
import { Matrix, sideBySide } from './criu-matrix-table.js';
import { crius } from './crius.js';
import { Neutrality } from './neutrality.js';
import {
  countRight,
  dumpPrograms,
  restorePrograms,
  startPrograms,
  startTree,
  type Verdicts,
} from './program-set.js';
import { executable } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;
const trees = [plain, spaces, cgroups];
const pairs = crius.flatMap(by => crius.map(to => [by, to] as const));
const work = mkdtempSync(join(process.env.CKPT_KEEP_DUMPS ?? tmpdir(), 'ckpt-matrix-'));

const raw = new Matrix(trees);
const converted = new Matrix(trees);
const neutrality = new Neutrality();
let machine: Machine;

interface Conversions {
  /** The versions whose images differ from the dump's. */
  readonly changed: readonly CriuVersion[];
  /** Metadata images that the document does not give back byte for byte. */
  readonly unlike: readonly string[];
  /** Fields that the document carries and has no words for. */
  readonly wordless: readonly string[];
}

/** Brings the metadata of a dump to the host, converts it for every version, and brings what differs back. */
async function convertAll(by: CriuVersion): Promise<Conversions> {
  const changed: CriuVersion[] = [];
  const unlike: string[] = [];
  const wordless: string[] = [];
  const here = join(work, by);
  await machine.ok(
    `cd /root/images/${by}; mkdir ../meta-${by}; for t in ${trees.map(({ name }) => name).join(' ')}; do
       mkdir ../meta-${by}/$t; ln $t/*.img $t/stats-dump ../meta-${by}/$t; rm -f ../meta-${by}/$t/pages-*; done`,
  );
  await machine.copyOut(`/root/images/meta-${by}`, here);
  const dumps = new Map<string, LiftedDump>();
  for (const { name } of trees) {
    const dump = liftDump(join(here, name), by);
    dumps.set(name, dump);
    unlike.push(...unlikeOriginal(dump, join(here, name), by).map(file => `${name}/${file}`));
    wordless.push(...neutrality.add(by, join(here, name), dump.tree.residue));
  }
  for (const to of crius) {
    const there = join(work, `${by}-to-${to}`);
    let differing = 0;
    for (const [name, dump] of dumps) {
      const { losses } = lowerDump(dump, join(there, name), to);
      converted.losses(by, to, losses);
      differing += differingImages(join(here, name), join(there, name)).length;
    }
    if (differing === 0) continue;
    changed.push(to);
    const guest = `/root/images/${by}-to-${to}`;
    await machine.copyIn(there, guest);
    await machine.ok(
      `for t in ${trees.map(({ name }) => name).join(' ')}; do ln /root/images/${by}/$t/pages-* ${guest}/$t; done`,
    );
  }
  return { changed, unlike, wordless };
}

async function attempt(work: () => Promise<Verdicts>): Promise<Verdicts> {
  return work().catch(
    error => new Map([['all', `FAILED ${error instanceof Error ? error.message : error}`]]),
  );
}

describe.skipIf(!support.ok)(`any CRIU to any CRIU on 6.1${why}`, () => {
  beforeAll(async () => {
    for (const version of crius) await criuFromToolbox(version);
    machine = await Machine.boot({
      kernel: '6.1',
      userland: 'bookworm',
      memory: 2048,
      disks: [
        { tree: executable, at: '/opt/ckpt' },
        ...crius.map(version => ({ tree: criuFolder(version), at: `/opt/criu-${version}` })),
      ],
    });
  });

  afterAll(async () => {
    console.log(sideBySide(raw, converted));
    console.log(neutrality.text());
    await machine?.stop();
    if (process.env.CKPT_KEEP_DUMPS === undefined) rmSync(work, { recursive: true });
  });

  describe.each(crius)('dumped by %s', by => {
    const saved = `/root/images/${by}`;
    let changed: readonly CriuVersion[] = [];
    let unlike: readonly string[] = ['not tried'];
    let wordless: readonly string[] = ['not tried'];

    beforeAll(async () => {
      if (by === crius[0]) await startPrograms(machine, trees);
      else for (const tree of trees) await startTree(machine, tree);
      await dumpPrograms(machine, by, saved, trees);
      ({ changed, unlike, wordless } = await convertAll(by));
    });

    it('comes out of the document byte for byte', () => {
      expect(unlike).toEqual([]);
    });

    it('and has words for every field', () => {
      expect(wordless).toEqual([]);
    });

    it.each(crius)('and restored by %s, converted', async to => {
      const same = !changed.includes(to);
      raw.set(by, to, await attempt(() => restorePrograms(machine, to, { images: saved, saved }, trees)));
      const images = `${saved}-to-${to}`;
      const found = same
        ? raw.get(by, to)
        : await attempt(() => restorePrograms(machine, to, { images, saved }, trees));
      converted.set(by, to, found);
      process.stderr.write(
        `${by} to ${to}: raw ${countRight(raw.get(by, to))}, converted ${countRight(found)}\n`,
      );
      expect(converted.wrongs(by, to)).toEqual([]);
    });
  });

  it('is green for all pairs', () => {
    expect(pairs.filter(([by, to]) => converted.wrongs(by, to).length > 0)).toEqual([]);
  });
});
