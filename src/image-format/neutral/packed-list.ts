/**
 * Long lists of a document that are kept in few bytes. A dump can have hundreds of thousands of mappings, and as many
 * objects would take ten times the memory of the images that they come from.
 */
import type { JsonWriter } from './json-writer.js';

export interface PackedList<T> {
  /** The items. They are made anew each time, so nobody should keep them, or ask for them in a loop. */
  list(): T[];
  /** The items one by one: nobody keeps more of them than he wants to. */
  items(): Iterable<T>;
  readonly length: number;
  /** Bytes that they take in memory. */
  readonly size: number;
  /** Writes what `JSON.stringify` would make of them. */
  write(to: JsonWriter): void;
}

type Fields = Map<string, PackedList<unknown>>;

/** By object, not by property: a changed copy of an object must not be written as the original. */
const packed = new WeakMap<object, Fields>();

/** The object with one more field: a list that is made when somebody looks at it. Gives the same object. */
export function withPacked<K extends string, T, O extends object>(
  object: O,
  field: K,
  list: PackedList<T>,
): O & Record<K, T[]> {
  Object.defineProperty(object, field, { get: () => list.list(), enumerable: true, configurable: true });
  const fields: Fields = packed.get(object) ?? new Map();
  packed.set(object, fields.set(field, list));
  return object as O & Record<K, T[]>;
}

/** The packed fields of an object; undefined where it has none. */
export function packedFields(object: object): ReadonlyMap<string, PackedList<unknown>> | undefined {
  return packed.get(object);
}

type ItemOf<L> = L extends readonly (infer T)[] ? T : never;

/** The items of a list, packed or not, one by one. */
export function itemsOf<O extends object, K extends keyof O & string>(
  object: O,
  field: K,
): Iterable<ItemOf<O[K]>> {
  const list = packed.get(object)?.get(field);
  return (list?.items() ?? object[field]) as Iterable<ItemOf<O[K]>>;
}

/** How many items a list has, packed or not. */
export function lengthOfList<K extends string>(
  object: { readonly [field in K]: readonly unknown[] },
  field: K,
): number {
  return packed.get(object)?.get(field)?.length ?? object[field].length;
}
