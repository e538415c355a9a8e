import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type DownResult,
  type Loss,
  lowerForRestore,
  lowerTree,
  type MachineFacts,
  type PagePatch,
  refineTree,
  writeFormat,
} from '../converters/index.js';
import type { Mend } from '../converters/mends/mend.js';
import { type NeutralityReport, neutralityReport } from '../converters/report.js';
import { fail } from '../errors.js';
import type { Emit } from '../events.js';
import { packBundle } from '../image-format/bundle/archive.js';
import { toBundleName } from '../image-format/bundle/layout.js';
import type { Placement } from '../image-format/bundle/place-file.js';
import type { Signer } from '../image-format/bundle/signature.js';
import { makeWorkDirectory, PARTIAL, type WorkOwner } from '../image-format/bundle/store.js';
import { everyImage } from '../image-format/criu/image-set.js';
import { FORMAT } from '../image-format/neutral/format.js';
import type { Document, Tree } from '../image-format/neutral/index.js';
import { makeDocument } from '../image-format/neutral/make-document.js';
import { foreignSections } from '../image-format/neutral/sections.js';
import { readPlainFile } from '../image-format/read-plain-file.js';
import { buildBundle } from './build-bundle.js';
import type { Source } from './source.js';
import { ensureTargetFree, making, type TreeImages, writeImages } from './write-images.js';

/** What the trees are converted to. */
export type Goal =
  | {
      readonly to: 'criu';
      readonly criu: string;
      readonly kernel?: string;
      /** Set where the images are for a restore on this machine: they are made as a thaw makes them. */
      readonly here?: MachineFacts;
    }
  | { readonly to: 'neutral' /** Absent: the newest. */; readonly format?: number | undefined };

export interface ConvertRequest {
  readonly source: Source;
  readonly target: string;
  readonly goal: Goal;
  /** Does everything but writing. */
  readonly dryRun: boolean;
  /** Whether digests that a new bundle lacks are made, for which its pages are read. */
  readonly digests: boolean;
  readonly owner: WorkOwner;
  /** Signs the bundle; `unsigned` where there is no key. */
  readonly sign: Signer;
  readonly emit: Emit;
  /** Ends the writing of a `.ckpt` file. */
  readonly abort?: AbortSignal;
}

/** What a conversion did, tree by tree. */
export interface TreeReport {
  readonly label: string;
  readonly root: number;
  readonly processes: number;
  /** Format that the tree comes from, such as "criu 4.2.1". */
  readonly source: string;
  readonly neutrality: NeutralityReport;
  readonly losses: readonly Loss[];
  readonly patches: readonly PagePatch[];
  /** What was changed because CRIU would bring it back wrong; only in images for a restore here. */
  readonly mends: readonly Pick<Mend, 'name' | 'reason'>[];
  /** Sections that this version does not know and carries along. */
  readonly foreignSections: readonly string[];
}

export interface ConvertResult {
  readonly target: string;
  readonly written: boolean;
  readonly trees: readonly TreeReport[];
  /** How the pages came to their new place. */
  readonly pages: Readonly<Record<Placement, number>>;
}

/** Converts frozen trees. Throws `convert-fatal` for a loss that the processes would not survive, unless it is a dry run. */
export async function convert(request: ConvertRequest): Promise<ConvertResult> {
  const target = resolve(request.target);
  await ensureTargetFree(target);
  const { goal } = request;
  const neutral = request.source.document.trees.map(tree => neutralityOf(request.source, tree));
  const images = goal.to === 'criu' ? lowerAll(request.source, goal) : [];
  const report = (): TreeReport[] =>
    request.source.document.trees.map((tree, index) =>
      reportOn(tree, neutral[index] ?? neutralityReport([], undefined), images[index]),
    );
  if (request.dryRun) {
    // what is lost in large images is known once they were made
    for (const { lowered } of images) for (const image of lowered.images.deferred) image.read();
    return { target, written: false, trees: report(), pages: countPlacements([]) };
  }
  const refuse = (): void => {
    for (const { lowered } of images) refuseFatal(lowered.losses, goal);
  };
  const placements =
    goal.to === 'criu'
      ? await writeImages(request, target, images, refuse)
      : await writeNeutral(request, target, goal.format);
  return { target, written: true, trees: report(), pages: countPlacements(placements) };
}

function lowerAll(source: Source, { criu, kernel, here }: Extract<Goal, { to: 'criu' }>): TreeImages[] {
  const { trees } = source.document;
  return trees.map((tree, index) => ({
    // a directory of images holds one tree
    below: trees.length === 1 ? '' : `${index}`,
    lowered: (here === undefined ? lowerTree : lowerForRestore)(tree, {
      target: {
        criu,
        ...(kernel === undefined ? undefined : { kernel }),
        ...(here === undefined ? undefined : { machine: here }),
      },
      payload: source.member,
      readFile: readPlainFile,
    }),
  }));
}

/** The neutrality is that of the images as they were, so they are made again for their own release. */
function neutralityOf(source: Source, tree: Tree): NeutralityReport {
  const own = lowerTree(tree, { target: { criu: tree.source }, payload: source.member });
  return neutralityReport(everyImage(own.images), tree.residue);
}

function reportOn(tree: Tree, neutrality: NeutralityReport, target: TreeImages | undefined): TreeReport {
  return {
    label: tree.label,
    root: tree.root,
    processes: tree.processes.length,
    source: tree.source,
    neutrality,
    losses: target?.lowered.losses ?? [],
    patches: target?.lowered.patches ?? [],
    mends: (target?.lowered.mends ?? []).map(({ name, reason }) => ({ name, reason })),
    foreignSections: Object.keys(foreignSections(tree)),
  };
}

function refuseFatal(losses: readonly Loss[], goal: Goal): void {
  const fatal = losses.find(({ severity }) => severity === 'fatal');
  if (fatal === undefined) return;
  const target = goal.to === 'criu' ? `CRIU ${goal.criu}${goal.kernel ? ` on ${goal.kernel}` : ''}` : goal.to;
  throw fail('convert-fatal', { target, reason: fatal.reason, field: fatal.field });
}

/** A bundle in a directory, or packed into one file. */
async function writeNeutral(
  request: ConvertRequest,
  target: string,
  format = FORMAT,
): Promise<readonly Placement[]> {
  const { source, digests, owner, sign, emit, abort } = request;
  const packed = target.endsWith('.ckpt');
  const name = toBundleName(basename(target).replace(/\.ckpt$/, ''));
  const onDigest = (done: number, total: number): void =>
    emit({ type: 'progress', operation: 'convert', what: 'digests', done, total, unit: 'bytes' });
  const common = {
    source,
    ...inFormat(source.document, format),
    name,
    digests,
    owner,
    onDigest,
    sign,
  };
  if (!packed) return (await buildBundle({ ...common, target })).placements;
  const { path: work } = await making(target, () => makeWorkDirectory(dirname(target), owner, PARTIAL));
  try {
    const built = await buildBundle({ ...common, target: join(work, name) });
    const onBytes = (done: number, total: number): void =>
      emit({ type: 'progress', operation: 'convert', what: 'packing', done, total, unit: 'bytes' });
    await packBundle(built.path, target, owner, { onBytes, ...(abort === undefined ? {} : { abort }) });
    return built.placements;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The document in a format, with all that the format has words for said in them. */
function inFormat(document: Document, format: number): DownResult {
  const refined = document.trees.map(refineTree);
  const current = makeDocument(
    document.origin,
    refined.map(({ tree }) => tree),
    document.sections,
  );
  const down = writeFormat(current, format);
  return {
    document: down.document,
    payloads: [...refined.flatMap(({ payloads }) => payloads), ...down.payloads],
  };
}

function countPlacements(placements: readonly Placement[]): Record<Placement, number> {
  const count = { reflinked: 0, linked: 0, copied: 0 };
  for (const placement of placements) count[placement]++;
  return count;
}
