/** The neutral document to CRIU images. */
import type { CriuVersion, ImageSet, Payload } from '../../image-format/criu/image-set.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { ImageCollector } from '../image-index.js';
import { fitKernel } from '../kernel/index.js';
import { kernelVersion, type PagePatch } from '../kernel/step.js';
import type { MachineFacts } from '../machine.js';
import { membersResolver } from '../payloads.js';
import { releaseOf } from '../release.js';
import { applyResidue } from '../residue/apply.js';
import { lowerSections } from '../sections/index.js';
import { fromNewest, toNewest } from '../steps/index.js';
import type { Loss } from '../steps/step.js';
import { layerPatches, type PatchLayer } from './patch-layer.js';

/** What the processes will run on. */
export interface TargetProfile {
  /** Version of the CRIU that will restore, such as "4.1.1". */
  readonly criu: string;
  /** Kernel release that they will run on (uname -r); absent: the one that they came from. */
  readonly kernel?: string;
  /** The machine that they will run on; absent: one like that which they came from. */
  readonly machine?: MachineFacts;
}

export interface LowerOptions {
  readonly target: TargetProfile;
  /** Where a member of the bundle is: its path, or the whole of it in memory. */
  readonly payload: (member: string) => string | Payload;
  /** A file of the system that the processes will run on: glibc's own data are found through its symbols. */
  readonly readFile?: (path: string) => Uint8Array | undefined;
}

export interface LoweredTree {
  readonly images: ImageSet;
  readonly losses: readonly Loss[];
  /** Bytes that `layer` changes; whoever writes the images must check `expected` first. */
  readonly patches: readonly PagePatch[];
  /** What has to lie beside the images when there are patches. */
  readonly layer?: PatchLayer;
  /** Page files that the images refer to: their names there, and the members of the bundle that they are. */
  readonly pages: readonly { readonly file: string; readonly member: string }[];
  /** The release whose format the images have. */
  readonly release: CriuVersion;
}

/**
 * Images that the target's CRIU restores. For the release that the tree was lifted from, and a kernel that needs
 * nothing, they are byte for byte the images that it was lifted from.
 * @throws document-contradictory where the document describes no images at all; losses are returned, not thrown
 */
export function lowerTree(tree: Tree, options: LowerOptions): LoweredTree {
  const release = releaseOf(options.target.criu);
  const origin = tree.source.startsWith('criu ') ? releaseOf(tree.source) : release;
  const losses: Loss[] = [];
  const patches: PagePatch[] = [];
  const lost = (loss: Loss) => losses.push(loss);
  const resolve = membersResolver(options.payload);
  const described = new ImageCollector();
  lowerSections(fitted(tree, options, lost, patches), described, { resolve });
  const original = applyResidue(fromNewest(described.images, origin, lost), tree.residue, resolve);
  const same = origin === release && patches.length === 0;
  const newest = same ? original : layerPatches(toNewest(original, origin), patches, options.payload);
  const { images, layer } = 'images' in newest ? newest : { images: newest, layer: undefined };
  const target = same ? images : fromNewest(images, release, lost);
  const pages = tree.pageFiles.map(({ member, size }) => ({ member, size, file: fileOf(member) }));
  return {
    images: {
      images: [...target].sort((a, b) => (a.file < b.file ? -1 : 1)),
      pages: pages.map(({ file, size }) => ({ file, size })),
    },
    losses,
    patches,
    ...(layer === undefined
      ? undefined
      : { layer: { ...layer, parent: fromNewest(layer.parent, release, lost) } }),
    pages: pages.map(({ file, member }) => ({ file, member })),
    release,
  };
}

function fitted(
  tree: Tree,
  { target, readFile }: LowerOptions,
  lost: (loss: Loss) => void,
  patches: PagePatch[],
): Tree {
  const kernel = target.kernel === undefined ? undefined : kernelVersion(target.kernel);
  if (kernel === undefined) return tree;
  return fitKernel(tree, {
    kernel,
    ...(target.machine === undefined ? undefined : { machine: target.machine }),
    lost,
    patch: patch => patches.push(patch),
    readFile: readFile ?? (() => undefined),
  });
}

function fileOf(member: string): string {
  return member.slice(member.lastIndexOf('/') + 1);
}
