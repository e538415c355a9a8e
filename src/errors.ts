/**
 * Every failure that a user can meet, as data.
 *
 * A row says what happened, why, and what to do next, in plain words with `{fact}` holes. Code throws
 * `fail('code', { facts })`; only `src/cli` turns the result into text and an exit status. The rows live in
 * `src/errors/`, a file per area, so that each can be read on its own; `docs/errors.md` is made from them.
 */
import { conversionFailures } from './errors/conversion.js';
import { criuFailures } from './errors/criu.js';
import { criuFileFailures } from './errors/criu-files.js';
import { criuFileThawFailures } from './errors/criu-files-thaw.js';
import { criuMachineFailures } from './errors/criu-machine.js';
import { criuPlaceFailures } from './errors/criu-places.js';
import { criuProcessFailures } from './errors/criu-processes.js';
import { criuProcessThawFailures } from './errors/criu-processes-thaw.js';
import { criuSocketFailures } from './errors/criu-sockets.js';
import { criuSocketThawFailures } from './errors/criu-sockets-thaw.js';
import { documentFailures } from './errors/document.js';
import { formatFailures } from './errors/format.js';
import { freezeFailures } from './errors/freeze.js';
import { hostFailures } from './errors/host.js';
import { storeFailures } from './errors/store.js';
import { switchFailures } from './errors/switch.js';
import { thawFailures } from './errors/thaw.js';
import { usageFailures } from './errors/usage.js';

export const failures = {
  ...usageFailures,
  ...hostFailures,
  ...storeFailures,
  ...freezeFailures,
  ...thawFailures,
  ...switchFailures,
  ...formatFailures,
  ...documentFailures,
  ...conversionFailures,
  ...criuFailures,
  ...criuProcessFailures,
  ...criuFileFailures,
  ...criuSocketFailures,
  ...criuPlaceFailures,
  ...criuSocketThawFailures,
  ...criuProcessThawFailures,
  ...criuMachineFailures,
  ...criuFileThawFailures,
} as const;

export type FailureCode = keyof typeof failures;
export type Facts = Readonly<Record<string, string | number | bigint>>;

/** What a failure carries beside its facts. */
export interface FailureExtra {
  readonly cause?: unknown;
  /** The lines of CRIU's log around the cause. */
  readonly log?: readonly string[];
  /** Further reasons, a line each, where there is more than one. */
  readonly also?: readonly string[];
}

/** A failure with its facts filled in. */
export class CkptError extends Error {
  override readonly name = 'CkptError';
  readonly exit: number;
  readonly why: string;
  readonly hint: string;

  constructor(
    readonly code: FailureCode,
    readonly facts: Facts = {},
    readonly extra: FailureExtra = {},
  ) {
    const row = failures[code];
    super(fill(row.what, facts), extra.cause === undefined ? undefined : { cause: extra.cause });
    this.exit = row.exit;
    this.why = fill(row.why, facts);
    this.hint = fill(row.hint, facts);
  }
}

/** Makes (does not throw) the error for a failure row. */
export function fail(code: FailureCode, facts: Facts = {}, extra: FailureExtra = {}): CkptError {
  return new CkptError(code, facts, extra);
}

/** What was thrown, in its own words: whatever is thrown can be caught, and not all of it is an Error. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function fill(text: string, facts: Facts): string {
  return text.replace(/\{(\w+)\}/g, (hole, key: string) => (key in facts ? String(facts[key]) : hole));
}
