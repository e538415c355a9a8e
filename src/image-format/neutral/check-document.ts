/** The schema, held against a document part by part: zod copies what it checks. */
import { z } from 'zod';
import { fail } from '../../errors.js';
import { checkValue } from '../check-value.js';
import { type Document, document } from './document.js';
import { isObject } from './migrations/migration.js';
import { packedFields } from './packed-list.js';
import { problemOf } from './read-packed.js';
import { tree } from './tree.js';

type Value = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** The lists of a tree, and what the schema says of their items. */
const LISTS: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries(tree.shape).flatMap(([name, schema]) => {
    const list = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    return list instanceof z.ZodArray ? [[name, list.element as z.ZodType] as const] : [];
  }),
);

/** @throws document-invalid, with the path of the first thing that is wrong */
export function checkParts(value: unknown, where: string): asserts value is Document {
  const trees =
    isObject(value) && Array.isArray(value.trees) ? (value.trees as readonly unknown[]) : undefined;
  if (!isObject(value) || trees === undefined) {
    check(document, value, [], where);
    return;
  }
  check(document, { ...value, trees: [] }, [], where);
  trees.forEach((one, index) => {
    checkTree(one, ['trees', index], where);
  });
}

function checkTree(value: unknown, path: Path, where: string): void {
  if (!isObject(value)) {
    check(tree, value, path, where);
    return;
  }
  const alone: Record<string, unknown> = { ...value };
  for (const name of LISTS.keys()) if (Array.isArray(value[name])) alone[name] = [];
  check(tree, alone, path, where);
  for (const [name, schema] of LISTS) {
    const list = value[name];
    if (!Array.isArray(list)) continue;
    list.forEach((item: unknown, index) => {
      checkItem(schema, item, [...path, name, index], where);
    });
  }
}

function checkItem(schema: z.ZodType, item: unknown, path: Path, where: string): void {
  if (!isObject(item)) {
    check(schema, item, path, where);
    return;
  }
  const { alone, problem } = withoutLists(item, path);
  check(schema, alone, path, where);
  if (problem !== undefined) throw invalid(where, problem.path, problem.detail);
}

interface Alone {
  readonly alone: Value;
  readonly problem: { readonly path: string; readonly detail: string } | undefined;
}

/** An object without its long lists, whose items were checked when they were read. */
function withoutLists(item: Value, path: Path): Alone {
  const packed = packedFields(item);
  const pages = packed?.has('pages') ? undefined : item.pages;
  const below = isObject(pages) && packedFields(pages) ? withoutLists(pages, [...path, 'pages']) : undefined;
  if (packed === undefined && below === undefined) return { alone: item, problem: undefined };
  const alone: Record<string, unknown> = {};
  let problem = below?.problem;
  for (const key of Object.keys(item)) {
    const list = packed?.get(key);
    if (list === undefined) {
      alone[key] = key === 'pages' && below !== undefined ? below.alone : item[key];
      continue;
    }
    alone[key] = [];
    const own = problemOf(list);
    if (own !== undefined) problem ??= { path: pointer([...path, key, own.path]), detail: own.detail };
  }
  return { alone, problem };
}

function check(schema: z.ZodType, value: unknown, path: Path, where: string): void {
  const issue = firstIssue(schema, value, where);
  if (issue !== undefined) throw invalid(where, pointer([...path, ...issue.path.map(String)]), issue.message);
}

function firstIssue(schema: z.ZodType, value: unknown, where: string) {
  try {
    return checkValue(schema, value).error?.issues[0];
  } catch (cause) {
    // nested deeper than the stack
    if (!(cause instanceof RangeError)) throw cause;
    throw fail('document-invalid', { where, path: '/', detail: 'it is nested too deep' }, { cause });
  }
}

function pointer(path: Path): string {
  return `/${path.join('/')}`;
}

function invalid(where: string, path: string, detail: string) {
  return fail('document-invalid', { where, path, detail });
}
