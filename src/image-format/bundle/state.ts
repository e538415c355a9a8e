import type { z } from 'zod';
import type { stateSchema } from './state-schema.js';

export type State = z.infer<typeof stateSchema>;
export type StateEntry = State['history'][number];

/** What was done with the bundle last. */
export function currentState(state: State): StateEntry {
  const last = state.history.at(-1);
  if (!last) throw new RangeError('a state has at least one entry');
  return last;
}

export function stateToJson(state: State): string {
  return `${JSON.stringify(state, null, 1)}\n`;
}
