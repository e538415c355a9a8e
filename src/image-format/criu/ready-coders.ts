/**
 * Coders as code rather than as text that is compiled at run time: V8's code for them comes along with the executable,
 * which compiling a hundred of them at each start would not be. Empty here; the build puts the whole in the place of this
 * file (scripts/build/ready-coders.ts), from the same texts that `compile.ts` would make.
 */
import type { CriuVersion } from './image-set.js';

/** One message's coder to be. */
export interface ReadyCoder {
  /** Gives the coder, from what reads or writes the fields that are messages and from what its text calls `help`. */
  readonly make: (inner: readonly (() => unknown)[], help: object) => unknown;
  /** The message in each field, by the field's place; empty where it holds none. */
  readonly of: readonly string[];
}

/** Coders by the message's name. */
export type ReadyCoders = Readonly<Record<string, ReadyCoder>>;

export const decoders: ReadyCoders = {};
export const encoders: Readonly<Partial<Record<CriuVersion | 'union', ReadyCoders>>> = {};
