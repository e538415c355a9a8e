/**
 * What is rare or large, dumped by each CRIU on 6.1, which all of them run on: the document gives the same bytes back and
 * has words for every field. The common programs are in `criu-matrix.test.ts`, which restores them, too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { criuFolder, criuFromToolbox } from '../../scripts/toolbox/index.js';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';
import { isOlder } from '../../src/versions.js';
import { Machine, vmSupport } from '../driver/index.js';
import {
  crowd,
  handles,
  huge,
  namespaced,
  type ProgramTree,
  rare,
  thousand,
} from '../programs/program-trees.js';
import { liftDump, unlikeOriginal } from './criu-matrix-images.js';
import { crius } from './crius.js';
import { Neutrality } from './neutrality.js';
import { nightlySupport } from './nightly.js';
import { askPrograms, copyPrograms, endPrograms, startTree, wrongs } from './program-set.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;
const long = await nightlySupport();
const work = mkdtempSync(join(process.env.CKPT_KEEP_DUMPS ?? tmpdir(), 'ckpt-identity-'));

interface Exhibit {
  readonly tree: ProgramTree;
  /** The CRIUs that can dump it, where not all can. */
  readonly by?: readonly CriuVersion[];
}

const exhibits: readonly Exhibit[] = [
  { tree: huge },
  { tree: rare },
  { tree: handles, by: crius.filter(criu => !isOlder(criu, '4.1')) },
  ...namespaced.map(tree => ({ tree })),
  { tree: thousand },
  // 500 processes take a CRIU minutes on an emulated processor
  ...(long.ok ? [{ tree: crowd }] : []),
];

const neutrality = new Neutrality();
let machine: Machine;

/** The metadata of a dump, brought to the host. */
async function metadata(criu: CriuVersion, { name }: ProgramTree): Promise<string> {
  const images = `/root/images/${criu}`;
  await machine.ok(`rm -f ${images}/${name}/pages-*`);
  const here = join(work, `${criu}-${name}`);
  await machine.copyOut(`${images}/${name}`, here);
  await machine.ok(`rm -rf ${images}`);
  return here;
}

describe.skipIf(!support.ok)(`by any CRIU on 6.1${why}`, () => {
  beforeAll(async () => {
    for (const version of crius) await criuFromToolbox(version);
    machine = await Machine.boot({
      kernel: '6.1',
      userland: 'bookworm',
      packages: ['iptables'],
      memory: 3072,
      disks: crius.map(version => ({ tree: criuFolder(version), at: `/opt/criu-${version}` })),
    });
    await machine.copyIn(join(import.meta.dirname, '..', 'programs'), '/opt/programs');
  });

  afterAll(async () => {
    console.log(neutrality.text());
    await machine?.stop();
    if (process.env.CKPT_KEEP_DUMPS === undefined) rmSync(work, { recursive: true });
  });

  describe.each(exhibits)('$tree.name', ({ tree, by = crius }) => {
    beforeAll(() => startTree(machine, tree));
    afterAll(() => endPrograms(machine));

    it.each(by)('dumped by %s comes out of the document byte for byte, and in words', async criu => {
      await copyPrograms(machine, criu, `/root/images/${criu}`, tree);
      const folder = await metadata(criu, tree);
      const dump = liftDump(folder, criu);
      expect(unlikeOriginal(dump, folder, criu)).toEqual([]);
      expect(neutrality.add(criu, folder, dump.tree.residue)).toEqual([]);
    });

    it('is as it was', async () => {
      expect(wrongs(await askPrograms(machine, [tree]))).toEqual([]);
    });
  });
});
