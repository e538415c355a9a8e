/** All rules that cross CRIU releases, and the way through them. */
import { CRIU_VERSIONS, type CriuVersion, type Image } from '../../image-format/criu/image-set.js';
import { cgroupProperties } from './cgroup-properties.js';
import { cgroupSet } from './cgroup-set.js';
import { fifoWriters } from './fifo-writers.js';
import { forgetFields } from './forgotten-fields.js';
import { guardMappings, notAccounted } from './mapping-status.js';
import { pageCount } from './page-count.js';
import { pingGroups } from './ping-groups.js';
import { resetOnFork } from './reset-on-fork.js';
import type { Lost, WireStep } from './step.js';
import { tcpOptions } from './tcp-options.js';
import { threadCgroups } from './thread-cgroups.js';
import { transparentPages } from './transparent-pages.js';

/** Newest first: the order of the way down. */
export const wireSteps: readonly WireStep[] = [
  notAccounted,
  fifoWriters,
  pageCount,
  pingGroups,
  guardMappings,
  tcpOptions,
  threadCgroups,
  cgroupSet,
  cgroupProperties,
];

/**
 * What a release writes and does not restore. No form changes with it, so these hold for images of another release only: those
 * that a release wrote itself come out of the document as they were.
 */
export const takingSteps: readonly WireStep[] = [resetOnFork, transparentPages];

const age = (version: CriuVersion): number => CRIU_VERSIONS.indexOf(version);

/** Images as the newest release would have written them. */
export function toNewest(images: readonly Image[], from: CriuVersion): readonly Image[] {
  return wireSteps
    .filter(step => age(from) < age(step.since))
    .reduceRight((form, step) => step.up(form), images);
}

/**
 * Images of the newest form as `to` writes and reads them.
 * @param lostInSteps is told what the rules above take away; `lost`, what is left out because `to` has no field for it
 */
export function fromNewest(
  images: readonly Image[],
  to: CriuVersion,
  lost: Lost,
  lostInSteps: Lost = lost,
): readonly Image[] {
  if (to === CRIU_VERSIONS.at(-1)) return images;
  const forms = wireSteps
    .filter(step => age(to) < age(step.since))
    .reduce((form, step) => step.down(form, lostInSteps), images);
  return forgetFields(forms, to, lost);
}

/** The same for images that another release wrote, as `to` restores them. */
export function forRelease(images: readonly Image[], to: CriuVersion, lost: Lost): readonly Image[] {
  const taken = takingSteps
    .filter(step => age(to) < age(step.since))
    .reduce((form, step) => step.down(form, lost), images);
  return fromNewest(taken, to, lost);
}

/** Says of a kind whether images of it may be brought to `release` one by one: no step looks at them together. */
export function standsAlone(release: CriuVersion): (kind: string) => boolean {
  const together = new Set(
    wireSteps.filter(step => age(release) < age(step.since)).flatMap(step => step.together),
  );
  return kind => !together.has(kind);
}
