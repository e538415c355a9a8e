/** What can be wrong with bytes or values, before it is known which file they belong to. */
export type WireFault =
  /** The bytes end, or a length reaches, beyond what is there. */
  | 'truncated'
  /** The bytes break protobuf's or the schema's rules. */
  | 'damaged'
  /** More nesting or more entries than any dump has. */
  | 'excessive'
  /** A value that cannot be written: a field of another name, type, range or release. */
  | 'unwritable';

/** Raised inside the codec; its callers turn it into a failure that names the file. */
export class WireError extends Error {
  override readonly name = 'WireError';

  constructor(
    readonly fault: WireFault,
    readonly detail: string,
  ) {
    super(detail);
  }
}
