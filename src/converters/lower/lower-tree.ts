/** The neutral document to CRIU images. */
import type {
  CriuVersion,
  DeferredImage,
  Payload,
  ScannedImageSet,
} from '../../image-format/criu/image-set.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { fitKernel } from '../kernel/index.js';
import { withRestorablePolicies } from '../kernel/scheduling.js';
import { kernelVersion, type PagePatch } from '../kernel/step.js';
import type { MachineFacts } from '../machine.js';
import { membersResolver } from '../payloads.js';
import { releaseOf } from '../release.js';
import { forRelease, fromNewest, toNewest } from '../steps/index.js';
import { Losses } from '../steps/losses.js';
import type { Loss, Lost } from '../steps/step.js';
import { ownImages, type TellingImage } from './own-images.js';
import { layerPatches, type PatchLayer } from './patch-layer.js';
import { tellUnknownFields } from './unknown-fields.js';

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
  /** Images that grow with the memory of the processes are deferred: they are made when they are read. */
  readonly images: ScannedImageSet;
  /** Whole only when every deferred image was read once. */
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
  const byCriu = tree.source.startsWith('criu ');
  const origin = byCriu ? releaseOf(tree.source) : release;
  const same = byCriu && origin === release;
  const inForm = same ? fromNewest : forRelease;
  const losses = new Losses();
  const patches: PagePatch[] = [];
  const lost: Lost = loss => losses.add(loss);
  const own = ownImages(
    fitted(tree, options, same, lost, patches),
    origin,
    membersResolver(options.payload),
    lost,
    same ? 'all' : 'without-steps',
  );
  tellUnknownFields(tree, options.target.criu, lost);
  const pages = tree.pageFiles.map(({ member, size }) => ({ member, size, file: fileOf(member) }));
  const newest = [...own.deferred.values()].map((image): TellingImage => {
    const { file, kind } = image;
    const read: TellingImage['read'] = tell => only(toNewest([image.read(tell)], origin));
    return same && patches.length === 0 ? image : { file, kind, read };
  });
  const { images: layered, layer } = layerPatches(newest, patches, options.payload, pages);
  const inTarget = (image: TellingImage): DeferredImage => {
    const { file, kind } = image;
    let tell: Lost = lost;
    const read: DeferredImage['read'] = () => {
      const made = image.read(tell);
      const down = same && patches.length === 0 ? made : only(inForm([made], release, tell));
      // it is lost once, however often the image is read
      tell = () => {};
      return down;
    };
    return { file, kind, read };
  };
  const small = same ? own.images : inForm(toNewest(own.images, origin), release, lost);
  return {
    images: {
      images: [...small].sort((a, b) => (a.file < b.file ? -1 : 1)),
      deferred: layered.map(inTarget).sort((a, b) => (a.file < b.file ? -1 : 1)),
      pages: pages.map(({ file, size }) => ({ file, size })),
    },
    losses: losses.list,
    patches,
    ...(layer === undefined ? undefined : { layer: { ...layer, parent: layer.parent.map(inTarget) } }),
    pages: pages.map(({ file, member }) => ({ file, member })),
    release,
  };
}

function only<T extends { readonly form: string }>(images: readonly T[]): Extract<T, { form: 'records' }> {
  const [image] = images;
  if (image?.form === 'records') return image as Extract<T, { form: 'records' }>;
  throw new RangeError('a step made no image of records out of one');
}

function fitted(
  tree: Tree,
  { target, readFile }: LowerOptions,
  same: boolean,
  lost: (loss: Loss) => void,
  patches: PagePatch[],
): Tree {
  const kernel = target.kernel === undefined ? undefined : kernelVersion(target.kernel);
  // images of the same release for nobody knows where are those that they were
  if (kernel === undefined) return same ? tree : withRestorablePolicies(tree, lost);
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
