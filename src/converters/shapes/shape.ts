/**
 * Bidirectional shapes: one table per CRIU message says, field by field, its neutral name and its representation.
 * The same table is read forwards (`liftMessage`) and backwards (`lowerMessage`), so the two cannot disagree.
 *
 * What a table does not name is left out here; the comparison in `residue/` finds it and carries it.
 */
import type { WireMessage, WireValue } from '../../image-format/criu/image-set.js';

/** How one wire value is written in the document. `lower(lift(x))` is x for every x that CRIU writes. */
export interface Rep<N> {
  lift(value: WireValue): N;
  lower(value: N): WireValue;
  /** The wire value that the document says by leaving the field out. */
  readonly silent?: WireValue;
}

type Row<T> = { readonly [K in keyof T & string]: readonly [name: K, rep: Rep<NonNullable<T[K]>>] }[keyof T &
  string];

/** The rows of one message, by wire field name. */
export interface Shape<T> {
  readonly message: string;
  readonly rows: readonly CompiledRow[];
  /** Only here for the type. */
  readonly neutral?: T;
}

interface CompiledRow {
  readonly wire: string;
  readonly name: string;
  readonly rep: Rep<unknown>;
  readonly silent: WireValue | undefined;
}

/** A table for one message. Rows stand in the order of the wire's field numbers. */
export function shape<T>(message: string, rows: { readonly [wireField: string]: Row<T> }): Shape<T> {
  return {
    message,
    rows: Object.entries<Row<T>>(rows).map(([wire, [name, rep]]) => ({
      wire,
      name,
      rep: rep as Rep<unknown>,
      silent: rep.silent,
    })),
  };
}

/** A message as the document says it. */
export function liftMessage<T>(table: Shape<T>, message: WireMessage): T {
  const out: Record<string, unknown> = {};
  for (const row of table.rows) {
    const value = message[row.wire];
    if (value === undefined || (row.silent !== undefined && sameValue(value, row.silent))) continue;
    out[row.name] = row.rep.lift(value);
  }
  return out as T;
}

/** The message that the document describes. */
export function lowerMessage<T>(table: Shape<T>, value: T): WireMessage {
  const from = value as Readonly<Record<string, unknown>>;
  const out: Record<string, WireValue> = {};
  for (const row of table.rows) {
    const neutral = from[row.name];
    if (neutral !== undefined) out[row.wire] = row.rep.lower(neutral);
    else if (row.silent !== undefined) out[row.wire] = row.silent;
  }
  return out;
}

/** Whether two wire values are the same, in depth. A field that is undefined is absent. */
export function sameValue(a: WireValue | undefined, b: WireValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
    return true;
  }
  const left = a as WireMessage;
  const right = b as WireMessage;
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}
