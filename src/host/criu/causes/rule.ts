import type { FailureCode } from '../../../errors.js';
import type { VersionRange } from '../../../versions.js';

/** Which of CRIU's actions wrote the log. */
export type Action = 'dump' | 'restore';

/**
 * How we know that a rule is right: a host test provokes it by `ckpt freeze` or `ckpt thaw` each time
 * (test/host/causes); the log of a real run is kept as a fixture (test/fixtures/criu-logs), since only some kernels or
 * releases of CRIU can; or neither, and it is known from CRIU's sources only.
 */
export type Proof = 'provoked' | 'log' | 'none';

/** A line of CRIU's log that tells why it failed. */
export interface CauseRule {
  /** The row of src/errors that says it in plain words. Several rules may lead to one. */
  readonly code: FailureCode;
  /** Both, where it is not said. */
  readonly during?: Action;
  /** What the line says after its time, PID and place. The named groups are facts for the row's words. */
  readonly says: RegExp;
  /** Lines of that form which another rule knows better. */
  readonly unless?: RegExp;
  /** Where in CRIU's sources it is printed. */
  readonly source: string;
  /** The releases that print it; all that we know (3.17.1 to 4.3) where it is not said. */
  readonly criu?: VersionRange;
  /**
   * For lines that can be a consequence as well as a cause: the answer only where no other rule gives one (`rules`), or
   * where nothing else complains at all (`errors`).
   */
  readonly yieldsTo?: 'rules' | 'errors';
  readonly proof: Proof;
}

/** A line that says "Error" and is never the answer. */
export interface NoAnswer {
  readonly says: RegExp;
  /** One such line. */
  readonly such: string;
  /** Why it is none. */
  readonly because: string;
  readonly source: string;
}

/** Checks a table of rules while it is written. */
export function rules(rows: readonly CauseRule[]): readonly CauseRule[] {
  return rows;
}
