import type { PolicyOptions } from '../../frame/policy-options.js';
import type { ThawPlace } from '../../frame/thaw-place.js';

/** What `ckpt freeze` may be told, as Commander gives it. */
export interface FreezeOptions extends PolicyOptions, ThawPlace {
  readonly name?: string;
  readonly withTies?: boolean;
  readonly leaveRunning?: boolean;
  readonly thawAtBoot?: boolean;
  readonly out?: string;
  readonly unchecked?: boolean;
  readonly dryRun?: boolean;
  /** Milliseconds. */
  readonly patience: number;
}
