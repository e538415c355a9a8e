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
  resetOnFork,
  threadCgroups,
  transparentPages,
  cgroupSet,
  cgroupProperties,
];

const age = (version: CriuVersion): number => CRIU_VERSIONS.indexOf(version);

/** Images as the newest release would have written them. */
export function toNewest(images: readonly Image[], from: CriuVersion): readonly Image[] {
  return wireSteps
    .filter(step => age(from) < age(step.since))
    .reduceRight((form, step) => step.up(form), images);
}

/** Images of the newest form as `to` writes and reads them. */
export function fromNewest(images: readonly Image[], to: CriuVersion, lost: Lost): readonly Image[] {
  if (to === CRIU_VERSIONS.at(-1)) return images;
  const forms = wireSteps
    .filter(step => age(to) < age(step.since))
    .reduce((form, step) => step.down(form, lost), images);
  return forgetFields(forms, to, lost);
}

/** Says of a kind whether images of it may be brought to `release` one by one: no step looks at them together. */
export function standsAlone(release: CriuVersion): (kind: string) => boolean {
  const together = new Set(
    wireSteps.filter(step => age(release) < age(step.since)).flatMap(step => step.together),
  );
  return kind => !together.has(kind);
}
