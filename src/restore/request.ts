import type { Emit } from '../events.js';
import type { TcpPolicy } from '../host/criu/arguments.js';
import type { Criu } from '../host/criu/find.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';
import type { Unfolded } from './unfold.js';

export interface ThawRequest {
  readonly bundle: Bundle;
  readonly store: string;
  readonly criu: Criu;
  /** Thaw a bundle that was thawed before. */
  readonly again: boolean;
  /** Instead of what the freeze chose. */
  readonly tcp?: TcpPolicy;
  readonly shellJob?: boolean;
  /** Checks everything that can be checked, and starts nothing. */
  readonly dryRun: boolean;
  readonly verbose: boolean;
  /** How long CRIU may do nothing at all before it is given up, ms. */
  readonly patience: number;
  /** Undoes the thaw as long as nothing has run on. */
  readonly abort: AbortSignal;
  readonly emit: Emit;
}

export interface ThawResult {
  readonly name: string;
  readonly trees: readonly { readonly root: number; readonly command: string; readonly processes: number }[];
  readonly connections: number;
  /** What the target cannot take over, in the report's words. */
  readonly losses: Unfolded['losses'];
  /** The scopes of systemd that the trees run in now, where systemd runs the machine. */
  readonly scopes: readonly string[];
  /** Units that systemd does not start as long as these scopes are there. */
  readonly heldBack: readonly string[];
  /** Milliseconds from the start of the first CRIU until the processes were told to run on. */
  readonly restoring: number;
  readonly total: number;
}
