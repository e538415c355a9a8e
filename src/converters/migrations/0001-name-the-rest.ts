/** Format 2 to 1: what has words of its own since is carried as residue again, so that nothing is lost. */

import type { Document, Tree } from '../../image-format/neutral/index.js';
import { LOCKS_OF_1, nameTheRest as up } from '../../image-format/neutral/migrations/0001-name-the-rest.js';
import { ImageCollector } from '../image-index.js';
import { BundlePayloads, inBundle, type LiftedPayload } from '../payloads.js';
import { releaseOf } from '../release.js';
import { applyResidue } from '../residue/apply.js';
import { compareImages } from '../residue/compare.js';
import { lowerSections } from '../sections/index.js';
import { personality } from '../shapes/personality.js';
import { base64 } from '../shapes/reps.js';
import { signalInformation } from '../shapes/siginfo.js';
import { fromNewest } from '../steps/index.js';
import type { DownMigration, DownResult } from './migration.js';
import { stripPaths } from './strip.js';

/** Pending signals are changed, not new: they are written in the old form below. */
const LATER = up.added.filter(path => path.startsWith('trees[]') && !path.includes('.pendingSignals[]'));

export const nameTheRest: DownMigration = {
  ...up,
  down(document: Document): DownResult {
    const payloads: LiftedPayload[] = [];
    const trees = document.trees.map(tree => {
      const older = carryLater(tree);
      payloads.push(...older.payloads);
      return { ...withOldNames(older.tree), processes: older.tree.processes.map(oldProcess) };
    });
    const { sections: _, ...rest } = document;
    return { document: { ...rest, format: 1, trees }, payloads };
  },
};

/** The tree without the newer fields, and with what they said as residue. */
function carryLater(tree: Tree): { tree: Tree; payloads: readonly LiftedPayload[] } {
  const release = releaseOf(tree.source);
  const images = (form: Tree) => {
    const out = new ImageCollector();
    lowerSections(form, out, { resolve: inBundle });
    return { out, images: fromNewest(out.images, release, () => {}) };
  };
  const whole = applyResidue(images(tree).images, tree.residue, inBundle);
  const { trees } = stripPaths({ trees: [tree] }, LATER);
  const { residue: _, ...stripped } = trees[0] ?? tree;
  const described = images(stripped);
  const made = new BundlePayloads(tree.label);
  const residue = compareImages(
    whole,
    described.images,
    (file, record) => described.out.place(file, record),
    made,
  );
  return { tree: residue === undefined ? stripped : { ...stripped, residue }, payloads: made.made };
}

/** Names that format 1 did not have, or had for something else. */
function withOldNames({ capture, ...tree }: Tree) {
  const lock = capture?.networkLock;
  const older = Object.entries(LOCKS_OF_1).find(([, now]) => now === lock)?.[0] ?? lock;
  return {
    ...tree,
    ...(capture === undefined
      ? undefined
      : { capture: { ...capture, ...(older === undefined ? undefined : { networkLock: older }) } }),
    memories: tree.memories.map(memory => ({
      ...memory,
      auxiliaryVector: memory.auxiliaryVector.map(({ type, value }) => ({
        type: type === 'null' ? '#0' : type,
        value,
      })),
    })),
  };
}

type OldSignal = { readonly information: string };

function oldProcess(process: Tree['processes'][number]) {
  const digits = process.personality === undefined ? undefined : personality.lower(process.personality);
  return {
    ...withOldSignals(process),
    ...(digits === undefined ? undefined : { personality: digits as number }),
    threads: process.threads.map(withOldSignals),
  };
}

function withOldSignals<T extends Pick<Tree['processes'][number], 'pendingSignals'>>(owner: T) {
  if (owner.pendingSignals === undefined) return owner;
  const pendingSignals = owner.pendingSignals.map(
    (signal): OldSignal => ({
      information: base64.lift(signalInformation.lower(signal)),
    }),
  );
  return { ...owner, pendingSignals };
}
