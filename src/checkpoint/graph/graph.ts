import type { Standing, TieKind } from '../closure/index.js';

/**
 * Processes and what ties them, as a picture needs it: of live processes or of a bundle. Plain data, in the order in
 * which it is to be read.
 */
export interface Graph {
  /** What the picture is of: `redis-server (PID 131)`, `bundle web`. */
  readonly title: string;
  readonly processes: readonly GraphProcess[];
  readonly ties: readonly GraphTie[];
  /** What could not be seen, in plain words. */
  readonly unknown: readonly string[];
}

export interface GraphProcess {
  /** `p131`, or `e:10.0.2.2:4000` for an end that is no process of this machine. */
  readonly id: string;
  readonly pid: number | undefined;
  readonly name: string;
  /** Its arguments in one line; '' where they are not known. */
  readonly command: string;
  readonly parent: string | undefined;
  readonly inside: boolean;
  readonly root: boolean;
}

export interface GraphTie {
  readonly id: string;
  readonly kind: TieKind;
  readonly name: string;
  readonly standing: Standing;
  readonly happens: string;
  readonly remedy: string;
  readonly ends: readonly GraphEnd[];
}

export interface GraphEnd {
  readonly process: string;
  readonly how: string;
}
