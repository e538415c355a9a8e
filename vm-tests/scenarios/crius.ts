/**
 * The CRIUs whose images are made and restored in turn: those that Debian has. `CKPT_CRIUS=3.18,4.0` names others, which
 * were built by hand (`npm run toolbox -- --built PATH`): all pairs of all known releases take an hour.
 */
import { allToolboxVersions, isToolboxVersion } from '../../scripts/toolbox/index.js';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';

export const crius = criusFrom(process.env.CKPT_CRIUS);

/** Versions from a list with commas. Throws for one that is none: a matrix without it would pass for a whole one. */
export function criusFrom(asked: string | undefined): readonly CriuVersion[] {
  if (asked === undefined) return allToolboxVersions;
  return asked.split(',').map(text => {
    if (isToolboxVersion(text)) return text;
    throw new Error(`CKPT_CRIUS has "${text}", which is no release of CRIU that is known here`);
  });
}
