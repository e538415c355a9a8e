/** The neutral document to CRIU images. */
import type { CriuVersion, ImageSet, Payload } from '../../image-format/criu/image-set.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { ImageCollector } from '../image-index.js';
import { membersResolver } from '../payloads.js';
import { releaseOf } from '../release.js';
import { applyResidue } from '../residue/apply.js';
import { lowerSections } from '../sections/index.js';
import { fromNewest, toNewest } from '../steps/index.js';
import type { Loss } from '../steps/step.js';

/** What the processes will run on. */
export interface TargetProfile {
  /** Version of the CRIU that will restore, such as "4.1.1". */
  readonly criu: string;
  /** Kernel release that they will run on (uname -r); absent: the one that they came from. */
  readonly kernel?: string;
}

export interface LowerOptions {
  readonly target: TargetProfile;
  /** Where a member of the bundle is: its path, or the whole of it in memory. */
  readonly payload: (member: string) => string | Payload;
}

/** Bytes to change in the memory of a process before it resumes. */
export interface PagePatch {
  readonly pid: number;
  /** Address of the first byte, hexadecimal. */
  readonly address: string;
  /** What must be there, in hexadecimal digits; the patch is refused otherwise. */
  readonly expected: string;
  /** What is put there, as many bytes. */
  readonly bytes: string;
  readonly reason: string;
}

export interface LoweredTree {
  readonly images: ImageSet;
  readonly losses: readonly Loss[];
  readonly patches: readonly PagePatch[];
  /** Page files that the images refer to: their names there, and the members of the bundle that they are. */
  readonly pages: readonly { readonly file: string; readonly member: string }[];
  /** The release whose format the images have. */
  readonly release: CriuVersion;
}

/**
 * Images that the target's CRIU restores. For the release that the tree was lifted from they are, byte for byte, the
 * images that it was lifted from.
 * @throws document-contradictory where the document describes no images at all; losses are returned, not thrown
 */
export function lowerTree(tree: Tree, { target, payload }: LowerOptions): LoweredTree {
  const release = releaseOf(target.criu);
  const origin = tree.source.startsWith('criu ') ? releaseOf(tree.source) : release;
  const losses: Loss[] = [];
  const lost = (loss: Loss) => losses.push(loss);
  const resolve = membersResolver(payload);
  const described = new ImageCollector();
  lowerSections(tree, described, { resolve });
  const original = applyResidue(fromNewest(described.images, origin, lost), tree.residue, resolve);
  const images = origin === release ? original : fromNewest(toNewest(original, origin), release, lost);
  const pages = tree.pageFiles.map(({ member, size }) => ({
    member,
    size,
    file: member.slice(member.lastIndexOf('/') + 1),
  }));
  return {
    images: {
      images: [...images].sort((a, b) => (a.file < b.file ? -1 : 1)),
      pages: pages.map(({ file, size }) => ({ file, size })),
    },
    losses,
    patches: [],
    pages: pages.map(({ file, member }) => ({ file, member })),
    release,
  };
}
