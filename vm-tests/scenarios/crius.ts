/**
 * The CRIUs whose images are made and restored in turn: those that Debian has. `CKPT_CRIUS=3.18,4.0` names others, which
 * were built by hand (`npm run toolbox -- --built PATH`): all pairs of all known releases take an hour.
 */
import { allToolboxVersions, isToolboxVersion } from '../../scripts/toolbox/index.js';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';

const asked = process.env.CKPT_CRIUS;

export const crius: readonly CriuVersion[] =
  asked === undefined ? allToolboxVersions : asked.split(',').filter(isToolboxVersion);
