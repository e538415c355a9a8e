/**
 * What happens while `ckpt` works, as data. Workers emit; renderers in `src/cli/render` consume and never ask back.
 * Every event can be written as one line of JSON (`--events`). Times are milliseconds since the operation began.
 */
export type CkptEvent =
  | { readonly type: 'stage'; readonly operation: Operation; readonly stage: string; readonly at: number }
  | {
      readonly type: 'progress';
      readonly operation: Operation;
      readonly what: string;
      readonly done: number;
      readonly total: number;
      readonly unit: 'bytes' | 'processes' | 'bundles';
    }
  | { readonly type: 'warning'; readonly operation: Operation; readonly message: string };

/** The commands that emit. */
export type Operation =
  | 'freeze'
  | 'thaw'
  | 'switch'
  | 'show'
  | 'memory'
  | 'verify'
  | 'import'
  | 'convert'
  | 'rm'
  | 'diff'
  | 'graph';

export type Emit = (event: CkptEvent) => void;
