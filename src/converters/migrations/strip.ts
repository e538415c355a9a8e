/** Takes fields out of a document by their paths, such as `trees[].openFiles[]<pipe>.user`. Pure. */

type Value = Readonly<Record<string, unknown>>;

/** One part of a path: a field, whether it is a list, and which kind its objects must have. */
interface Part {
  readonly field: string;
  readonly list: boolean;
  readonly kind: string | undefined;
}

const PART = /^(\w+)((?:\[\])?)(?:<([\w-]+)>)?$/;

function parse(path: string): Part[] {
  return path.split('.').map(text => {
    const match = PART.exec(text);
    if (match === null) throw new Error(`no such path: ${path}`);
    return { field: match[1] ?? '', list: match[2] === '[]', kind: match[3] };
  });
}

/** A copy without what the paths name; parts that they do not touch are shared. */
export function stripPaths<T extends Value>(document: T, paths: readonly string[]): T {
  return paths.map(parse).reduce<Value>((form, parts) => strip(form, parts), document) as T;
}

function strip(object: Value, [part, ...rest]: readonly Part[]): Value {
  if (part === undefined || object[part.field] === undefined) return object;
  const value = object[part.field];
  if (rest.length === 0) {
    const { [part.field]: _, ...others } = object;
    return others;
  }
  const within = (item: unknown): unknown => {
    if (typeof item !== 'object' || item === null) return item;
    if (part.kind !== undefined && (item as Value).kind !== part.kind) return item;
    return strip(item as Value, rest);
  };
  return { ...object, [part.field]: part.list && Array.isArray(value) ? value.map(within) : within(value) };
}
