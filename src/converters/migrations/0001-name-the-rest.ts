/** Format 2 to 1: what has words of its own since is carried as residue again, so that nothing is lost. */

import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import type { Document, Tree } from '../../image-format/neutral/index.js';
import {
  LOCKS_OF_1,
  TCP_OPTION_OF_1,
  nameTheRest as up,
} from '../../image-format/neutral/migrations/0001-name-the-rest.js';
import { packAgain } from '../../image-format/neutral/packed-kinds.js';
import { describedImages, ownImages } from '../lower/own-images.js';
import { BundlePayloads, inBundle } from '../payloads.js';
import { releaseOf } from '../release.js';
import { compareImages } from '../residue/compare.js';
import { personality } from '../shapes/personality.js';
import { base64 } from '../shapes/reps.js';
import { signalInformation } from '../shapes/siginfo.js';
import type { DownMigration, DownResult } from './migration.js';
import { stripPaths } from './strip.js';

/** Pending signals are changed, not new: they are written in the old form below. */
const LATER = up.added.filter(path => path.startsWith('trees[]') && !path.includes('.pendingSignals[]'));

export const nameTheRest: DownMigration = {
  ...up,
  down(document: Document): DownResult {
    const payloads: BundlePayload[] = [];
    const trees = document.trees.map(tree => {
      const older = carryLater(tree);
      payloads.push(...older.payloads);
      return {
        ...withOldNames(older.tree),
        processes: older.tree.processes.map(oldProcess),
        openFiles: older.tree.openFiles.map(oldFile),
      };
    });
    const { sections: _, ...rest } = document;
    return { document: { ...rest, format: 1, trees }, payloads };
  },
};

/** The tree without the newer fields, and with what they said as residue. */
function carryLater(tree: Tree): { tree: Tree; payloads: readonly BundlePayload[] } {
  const release = releaseOf(tree.source);
  const whole = ownImages(tree, release, inBundle);
  const { residue: _, ...stripped } = stripTree(tree);
  const made = new BundlePayloads(tree.label);
  const residue = compareImages(whole, describedImages(stripped, release, inBundle), made);
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

/** Address spaces one by one, since their lists are long. */
function stripTree(tree: Tree): Tree {
  const stripped = (part: object): Tree => {
    const { trees } = stripPaths({ trees: [part] }, LATER);
    return (trees[0] ?? part) as Tree;
  };
  const { memories, sharedMemories, ...rest } = tree;
  const out: Tree = {
    ...stripped(rest),
    memories: memories.flatMap(memory => stripped({ memories: [memory] }).memories.map(packAgain)),
    sharedMemories: sharedMemories.flatMap(memory =>
      stripped({ sharedMemories: [memory] }).sharedMemories.map(packAgain),
    ),
  };
  const order = (Object.keys(tree) as (keyof Tree)[]).filter(name => Object.hasOwn(out, name));
  return Object.fromEntries(order.map(name => [name, out[name]])) as Tree;
}

function oldFile(file: Tree['openFiles'][number]) {
  if (file.kind !== 'inet-socket' || file.tcp === undefined) return file;
  const { now, bit } = TCP_OPTION_OF_1;
  const options = file.tcp.options.map(name => (name === now ? bit : name));
  return { ...file, tcp: { ...file.tcp, options } };
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
