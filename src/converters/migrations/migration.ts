/** The way back to an older format. */

import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import type { Document } from '../../image-format/neutral/index.js';
import type { AnyDocument, Migration } from '../../image-format/neutral/migrations/index.js';

export interface DownResult {
  readonly document: AnyDocument;
  /** New members that the document refers to. */
  readonly payloads: readonly BundlePayload[];
}

export interface DownMigration extends Migration {
  /** The document in the older version. */
  down(document: Document): DownResult;
}
