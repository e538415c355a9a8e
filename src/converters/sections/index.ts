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

const sections = [
  capture,
  processes,
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

export function liftSections(images: ImageIndex, context: LiftContext): LiftedSections {
  return {
    ...processes.lift(images, context),
    ...capture.lift(images, context),
    ...memory.lift(images, context),
    ...signals.lift(images, context),
    ...filesystems.lift(images, context),
    ...descriptors.lift(images, context),
    ...openFiles.lift(images, context),
    ...buffers.lift(images, context),
    ...terminals.lift(images, context),
    ...memfds.lift(images, context),
    ...unlinkedFiles.lift(images, context),
    ...fileLocks.lift(images, context),
    ...seccompFilters.lift(images, context),
    ...cgroups.lift(images, context),
    ...namespaces.lift(images, context),
    ...archives.lift(images, context),
    ...bpfMaps.lift(images, context),
    ...autofsMounts.lift(images, context),
    ...binaryFormats.lift(images, context),
    ...inodePaths.lift(images, context),
    ...securityPolicies.lift(images, context),
    ...machineProcessors.lift(images, context),
    ...statistics.lift(images, context),
  };
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
