/** What must freeze together, and which ties say so. */

export { findClosure, processesToAdd } from './find-closure.js';
export { findTargets } from './find-targets.js';
export { growClosure, takeClosure } from './take-closure.js';
export {
  type Closure,
  isUnasked,
  type Standing,
  TIE_KINDS,
  type Tie,
  type TieEnd,
  type TieKind,
} from './tie.js';
