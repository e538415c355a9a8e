/** A rule that crosses CRIU releases: how one form of a thing on the wire becomes the other. */
import type { CriuVersion, Image } from '../../image-format/criu/image-set.js';

export interface Loss {
  /** What is lost, by image kind and field, or by what it is. */
  readonly field: string;
  /** JSON pointer into the tree, or the name of the image file. */
  readonly at: string;
  readonly severity: 'harmless' | 'degrading' | 'fatal';
  readonly reason: string;
}

export interface WireStep {
  readonly name: string;
  /** The oldest release that has the new form. */
  readonly since: CriuVersion;
  /** Kinds of image that the rule changes. */
  readonly kinds: readonly string[];
  /** From the old form to the new one. */
  up(image: Image): Image;
  /** From the new form to the old one; says what the old one has no place for. */
  down(image: Image, lost: (loss: Loss) => void): Image;
}
