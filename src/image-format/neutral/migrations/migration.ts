/** A change of the format: how a document of one version becomes one of the next. */

/** A document of any version, as JSON. */
export type AnyDocument = { readonly [field: string]: unknown };

export interface Migration {
  /** Position in the registry, from 1; the file's name begins with it. */
  readonly number: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Fields that are new, as `trees[].openFiles[]<pipe>.user`. */
  readonly added: readonly string[];
  /** Fields that are gone. */
  readonly removed: readonly string[];
  /** Fields whose type, names or presence is another. */
  readonly changed: readonly string[];
  /** The document in the newer version. It may be damaged: it is checked against the schema only afterwards. */
  up(document: AnyDocument): AnyDocument;
}

type Value = Readonly<Record<string, unknown>>;

/** Changes every object of a list that may not be there or not be a list. */
export function mapList(value: unknown, change: (item: Value) => Value): unknown {
  return Array.isArray(value) ? value.map(item => (isObject(item) ? change(item) : item)) : value;
}

export function isObject(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object with one field changed, where it has it. */
export function mapField(object: Value, field: string, change: (value: unknown) => unknown): Value {
  return object[field] === undefined ? object : { ...object, [field]: change(object[field]) };
}
