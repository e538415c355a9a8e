import type { Emit } from '../../events.js';

/** A place that text goes to. `columns` is undefined where nobody can tell the width. */
export interface Sink {
  readonly write: (text: string) => void;
  readonly isTty: boolean;
  readonly columns: number | undefined;
}

/** Something that wants to hear events. It must not throw. */
export interface Listener {
  readonly event: Emit;
  /** Takes whatever it drew off the terminal, because other text is about to be written. */
  readonly clear: () => void;
  /** Called once, when the command is over. */
  readonly end: () => void;
}
