/** All sections, in both directions. */
import { fail } from '../../errors.js';
import type { Tree } from '../../image-format/neutral/index.js';
import type { ImageCollector, ImageIndex } from '../image-index.js';
import { buffers } from './buffers.js';
import { capture } from './capture.js';
import { descriptors } from './descriptors.js';
import { fileLocks, memfds, terminals, unlinkedFiles } from './file-objects.js';
import {
  autofsMounts,
  binaryFormats,
  inodePaths,
  processors as machineProcessors,
  securityPolicies,
} from './machine.js';
import { memory } from './memory.js';
import { archives, namespaces } from './namespaces.js';
import { openFiles } from './open-files.js';
import { processes } from './processes.js';
import type { LiftContext, LowerContext } from './section.js';
import { filesystems, signals } from './signals.js';
import { bpfMaps, cgroups, seccompFilters, statistics } from './system.js';

/** In the order of the document. */
const sections = [
  processes,
  capture,
  memory,
  signals,
  filesystems,
  descriptors,
  openFiles,
  buffers,
  terminals,
  memfds,
  unlinkedFiles,
  fileLocks,
  seccompFilters,
  cgroups,
  namespaces,
  archives,
  bpfMaps,
  autofsMounts,
  binaryFormats,
  inodePaths,
  securityPolicies,
  machineProcessors,
  statistics,
] as const;

/** Everything but what the caller knows: the label, the source, the machine and the list of page files. */
export type LiftedSections = Omit<Tree, 'label' | 'source' | 'machine' | 'pageFiles' | 'residue'>;

/** The images of one tree as the parts of the document, each by its own section. */
export function liftSections(images: ImageIndex, context: LiftContext): LiftedSections {
  const parts: readonly Partial<LiftedSections>[] = sections.map(section => section.lift(images, context));
  // One list for both directions: what one of them left out would be lost on the way. Each section fills its own part.
  return Object.assign({}, ...parts) as LiftedSections;
}

/** Throws `document-contradictory` also for numbers that are well formed and fit nothing that Linux has. */
export function lowerSections(tree: Tree, out: ImageCollector, context: LowerContext): void {
  try {
    for (const section of sections) section.lower(tree, out, context);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw fail('document-contradictory', { path: '/', detail: cause.message }, { cause });
  }
}
