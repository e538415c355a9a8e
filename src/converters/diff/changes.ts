/** Where two values of the document differ, field by field. Pure. */

/** One field that differs; `from` or `to` is absent where the field is. */
export interface FieldChange {
  /** Names down to the field, with dots; positions of a list as numbers. */
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** Most changes that are told of one object: more are a different object. */
const MOST = 1000;

/** What differs from the first value to the second, at most MOST fields of it; lists of different length as a whole. */
export function changesOf(a: unknown, b: unknown): FieldChange[] {
  const out: FieldChange[] = [];
  compare(a, b, '', out);
  return out;
}

function compare(a: unknown, b: unknown, path: string, out: FieldChange[]): void {
  if (a === b || out.length >= MOST) return;
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      compare(a[key], b[key], path === '' ? key : `${path}.${key}`, out);
    }
  } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.some(isObject)) {
    a.forEach((item, index) => {
      compare(item, b[index], `${path}.${index}`, out);
    });
  } else if (JSON.stringify(a) !== JSON.stringify(b)) {
    out.push({
      field: path,
      ...(a === undefined ? undefined : { from: a }),
      ...(b === undefined ? undefined : { to: b }),
    });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
