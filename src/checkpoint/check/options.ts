import type { FileRule } from './file-rules.js';

/** The freeze options that make a difference. */
export interface CheckOptions {
  readonly shellJob: boolean;
  readonly tcp: 'established' | 'close' | 'refuse';
  /** Largest file that is carried along, unlinked or in memory, bytes. */
  readonly ghostLimit: number;
  /** Whether datagram sockets that send to a named one outside are connected to it again at the thaw. */
  readonly unix: 'refuse' | 'external';
  /** Ties whose loss is accepted: ids, or patterns of them. */
  readonly broken: readonly string[];
  /** What becomes of open files; the first pattern that fits a path counts. */
  readonly files: readonly FileRule[];
}

/** As CRIU and `ckpt freeze` do it when nobody says otherwise. */
export const DEFAULTS: CheckOptions = {
  shellJob: false,
  tcp: 'established',
  ghostLimit: 64 * 2 ** 20,
  unix: 'refuse',
  broken: [],
  files: [],
};
