import type { CkptError } from '../../errors.js';
import { failureJson, failureText } from '../render/failure.js';
import type { Io } from './io.js';

/** Says what went wrong with one of several bundles, which keeps none of the others from their turn. */
export function sayFailure(io: Io, failure: CkptError): void {
  const { json, verbose, elsewhere } = io.globals;
  if (!json) io.err(failureText(failure, { verbose, style: io.errStyle, elsewhere }));
}

/** The same for `--json`: `failed`, where something did. */
export function failedJson(
  io: Io,
  failures: readonly CkptError[],
): { readonly failed?: readonly Readonly<Record<string, unknown>>[] } {
  if (failures.length === 0) return {};
  return { failed: failures.map(failure => failureJson(failure, io.globals.elsewhere).error) };
}
