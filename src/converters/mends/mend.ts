import type { Image, ImageSet } from '../../image-format/criu/image-set.js';

/**
 * A change to images right before a restore, where CRIU itself would bring something back wrong. Not part of lowering:
 * a conversion writes what was frozen, and what it writes for the same CRIU is byte for byte what that CRIU wrote.
 */
export interface Mend {
  readonly name: string;
  /** What it is good for, as a person reads it in the report. */
  readonly reason: string;
  /** Only for a CRIU older than this; for any where it is missing. */
  readonly below?: string;
  /** The image as CRIU should get it; undefined when there is nothing to mend. Pure. @param set all images */
  apply(image: Image, set: ImageSet): Image | undefined;
}
