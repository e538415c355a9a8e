import type { Emit } from '../events.js';
import type { Criu } from '../host/criu/find.js';
import type { Signer } from '../image-format/bundle/signature.js';
import type { Prepared } from './dump/prepare-freeze.js';
import type { PlannedTree } from './plan/plan.js';

export interface FreezeRequest {
  readonly trees: readonly PlannedTree[];
  readonly name: string;
  /** An existing store, absolute. */
  readonly store: string;
  /** Where the freeze works, with a place for each tree. Cleared in the end, whatever happens. */
  readonly prepared: Prepared;
  readonly criu: Criu;
  readonly leaveRunning: boolean;
  readonly verbose: boolean;
  /** How long CRIU may do nothing at all before it is given up, ms. */
  readonly patience: number;
  /** Ends the freeze and lets everything run on, as long as it is not sealed. */
  readonly abort: AbortSignal;
  readonly emit: Emit;
  readonly sign: Signer;
}

export interface FreezeResult {
  readonly name: string;
  readonly path: string;
  readonly trees: readonly { readonly root: number; readonly command: string; readonly processes: number }[];
  /** Bytes of memory pages in the bundle. */
  readonly memory: number;
  /** Whether established TCP connections wait in the bundle, which the next kernel must not reset. */
  readonly guarded: boolean;
  /** Milliseconds from the start of CRIU until the fate of the trees was sealed: the longest that they stood still. */
  readonly stoodStill: number;
  /** Milliseconds for everything. */
  readonly total: number;
}
