/** Documents made up from the schema alone: well-formed, and mostly of processes that could not exist. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lowerTree, refineTree, writeFormat } from '../../src/converters/index.js';
import { neutralityReport } from '../../src/converters/report.js';
import { CRIU_VERSIONS, everyImage } from '../../src/image-format/criu/image-set.js';
import { documentFromJson } from '../../src/image-format/neutral/index.js';
import { cases, MOST_MEMORY, outcome, PATIENCE } from './fuzz-support.js';

/** The part of JSON Schema that the exported schema uses. */
interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
}

const schema: Schema & { $defs: Record<string, Schema> } = JSON.parse(
  readFileSync(new URL('../../docs/format.schema.json', import.meta.url), 'utf8'),
);

/** References hit each other only where numbers are few. */
const NAMED = /^\^([a-z]+)-\(\?:0\|/;
const anything = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.string({ maxLength: 6 }), fc.boolean());
const made = new Map<string, fc.Arbitrary<unknown>>();

function arbitrary(of: Schema): fc.Arbitrary<unknown> {
  if (of.$ref !== undefined) return referred(of.$ref.slice('#/$defs/'.length));
  if ('const' in of) return fc.constant(of.const);
  if (of.enum !== undefined) return fc.constantFrom(...of.enum);
  const choice = of.anyOf ?? of.oneOf;
  // a nested choice may hold itself: its first and simplest branch ends that
  if (choice !== undefined) return fc.oneof({ maxDepth: 3, depthSize: 'small' }, ...choice.map(arbitrary));
  switch (of.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return number(of);
    case 'string':
      return text(of.pattern);
    case 'array':
      return fc.array(arbitrary(of.items ?? {}), { maxLength: 2, depthIdentifier: 'document' });
    case 'object':
      return object(of);
    default:
      return anything;
  }
}

function referred(name: string): fc.Arbitrary<unknown> {
  const known = made.get(name);
  if (known !== undefined) return known;
  const late: { arbitrary?: fc.Arbitrary<unknown> } = {};
  made.set(
    name,
    fc.constant(undefined).chain(() => late.arbitrary ?? anything),
  );
  late.arbitrary = arbitrary(schema.$defs[name] ?? {});
  made.set(name, late.arbitrary);
  return late.arbitrary;
}

function number({ minimum = -(2 ** 31), maximum = 2 ** 32 }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Math.max(minimum, -(2 ** 53) + 1), Math.min(maximum, 2 ** 53 - 1)];
  const few = fc.integer({ min: Math.max(min, Math.min(0, max)), max: Math.min(Math.max(min, 4), max) });
  return fc.oneof({ weight: 3, arbitrary: few }, fc.constantFrom(min, max));
}

function text(pattern: string | undefined): fc.Arbitrary<string> {
  if (pattern === undefined) return fc.string({ maxLength: 12 });
  const reference = NAMED.exec(pattern)?.[1];
  if (reference !== undefined) return fc.nat(3).map(n => `${reference}-${n}`);
  return fc.stringMatching(new RegExp(pattern), { size: 'small' });
}

function object({ properties = {}, required = [], additionalProperties, propertyNames }: Schema) {
  if (typeof additionalProperties === 'object') {
    return fc.dictionary(text(propertyNames?.pattern), arbitrary(additionalProperties), { maxKeys: 2 });
  }
  const model = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, arbitrary(value)]));
  return fc.record(model, { requiredKeys: required.filter(key => key in model) });
}

test('documents made up are refused by name, or lowered and read again', { timeout: PATIENCE }, async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(arbitrary(schema), fc.constantFrom(...CRIU_VERSIONS), async (value, criu) => {
      const result = await outcome(() => {
        const document = documentFromJson(JSON.stringify(value));
        for (const tree of document.trees) {
          const payload = (member: string): string => `/nowhere/${member}`;
          const { images } = lowerTree(tree, { target: { criu, kernel: '5.10' }, payload });
          neutralityReport(everyImage(images), tree.residue);
          refineTree(tree);
        }
        writeFormat(document, 1);
      });
      outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
    }),
    { numRuns: cases(150) },
  );
  expect(outcomes.get('ok')).toBeGreaterThan(0);
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MOST_MEMORY);
});
