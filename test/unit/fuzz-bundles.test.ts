/** Bundles from strangers: changed anywhere, with digests that agree with the changes. */
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert } from '../../src/conversion/convert.js';
import { importImages } from '../../src/conversion/import.js';
import { openSource } from '../../src/conversion/source.js';
import { digestBytes } from '../../src/image-format/bundle/digest.js';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { CRIU_VERSIONS } from '../../src/image-format/criu/image-set.js';
import {
  cases,
  MOST_MEMORY,
  OWNER,
  outcome,
  PATIENCE,
  placesOf,
  replaced,
  Sandbox,
  vandalise,
  vandalism,
  wild,
  writeDump,
} from './fuzz-support.js';

const never = new AbortController().signal;

const sandbox = new Sandbox();
afterAll(() => sandbox.remove());

/** A bundle as text and bytes: small members only, pages as sizes. */
interface Model {
  readonly json: Readonly<Record<'manifest.json' | 'state.json' | 'document.json', string>>;
  readonly small: ReadonlyMap<string, Uint8Array>;
  readonly pages: ReadonlyMap<string, number>;
}
const models: Model[] = [];

beforeAll(async () => {
  for (const name of ['4.2.1/sysv-ipc', '4.1.1/time-namespace', '4.3/network-namespace']) {
    const images = sandbox.fresh('images');
    const store = sandbox.fresh('store');
    writeDump(name, images);
    await importImages({
      directory: images,
      store,
      name: 'it',
      digests: false,
      owner: OWNER,
      sign: unsigned,
      emit: () => {},
    });
    models.push(modelOf(join(store, 'it')));
  }
});

function modelOf(path: string): Model {
  const text = (name: string): string => readFileSync(join(path, name), 'utf8');
  const small = new Map<string, Uint8Array>();
  const pages = new Map<string, number>();
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.json') || statSync(join(path, name)).isDirectory()) continue;
    if (name.startsWith('memory/')) pages.set(name, statSync(join(path, name)).size);
    else small.set(name, readFileSync(join(path, name)));
  }
  const json = {
    'manifest.json': text('manifest.json'),
    'state.json': text('state.json'),
    'document.json': text('document.json'),
  };
  return { json, small, pages };
}

/** Writes a model. Holes stand for pages: what is in them is not looked at. */
function write(path: string, { json, small, pages }: Model): void {
  mkdirSync(path, { recursive: true });
  for (const [name, size] of pages) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), '');
    truncateSync(join(path, name), size);
  }
  for (const [name, bytes] of small) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), bytes);
  }
  for (const [name, text] of Object.entries(json)) writeFileSync(join(path, name), text);
}

type JsonFile = keyof Model['json'];

/** One value of one of the three files replaced; a forger makes the manifest agree with the document. */
const forgery = fc.record({
  file: fc.constantFrom<JsonFile>(
    'manifest.json',
    'state.json',
    'document.json',
    'document.json',
    'document.json',
  ),
  place: fc.nat(),
  value: fc.oneof(wild, fc.constant(undefined)),
});

const places = new Map<string, ReturnType<typeof placesOf>>();

function forge(
  model: Model,
  forgeries: readonly (typeof forgery extends fc.Arbitrary<infer T> ? T : never)[],
): Model {
  let json = model.json;
  for (const { file, place, value } of forgeries) {
    const text = json[file];
    const parsed: unknown = JSON.parse(text || 'null');
    const all = places.get(text) ?? placesOf(parsed);
    places.set(text, all);
    json = { ...json, [file]: JSON.stringify(replaced(parsed, all[place % all.length] ?? [], value)) ?? '' };
    if (places.size > 20) places.clear();
  }
  return { ...model, json: { ...json, 'manifest.json': agreeing(json) } };
}

function agreeing(json: Model['json']): string {
  const manifest: unknown = JSON.parse(json['manifest.json'] || 'null');
  const members = (manifest as { members?: unknown } | null)?.members;
  if (!Array.isArray(members)) return json['manifest.json'];
  const bytes = Buffer.from(json['document.json']);
  const fitted = members.map((member: unknown) =>
    (member as { path?: unknown } | null)?.path === 'document.json'
      ? { path: 'document.json', size: bytes.length, digest: digestBytes(bytes) }
      : member,
  );
  return JSON.stringify({ ...(manifest as object), members: fitted });
}

/** Opens what lies there and converts it both ways. */
async function use(path: string, criu: string, written: boolean): Promise<string> {
  const place = sandbox.fresh('place');
  const store = sandbox.fresh('store');
  const result = await outcome(async () => {
    const source = await openSource(path, { store, scratch: place, owner: 'owner', abort: never });
    try {
      const common = {
        source,
        dryRun: !written,
        digests: false,
        owner: OWNER,
        sign: unsigned,
        emit: () => {},
      };
      await convert({ ...common, target: join(place, 'out'), goal: { to: 'criu', criu, kernel: '6.1' } });
      await convert({ ...common, target: join(place, 'neutral'), goal: { to: 'neutral', format: 1 } });
    } finally {
      await source.close();
    }
  });
  expect(readdirSync(place).filter(one => one !== 'out' && one !== 'neutral')).toEqual([]);
  expect(readdirSync(store)).toEqual([]);
  return result;
}

test('a forged bundle is refused by name or taken, and nothing is written elsewhere', {
  timeout: PATIENCE,
}, async () => {
  const outcomes = new Map<string, number>();
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(forgery, { minLength: 1, maxLength: 2 }),
      fc.option(vandalism, { freq: 4 }),
      fc.constantFrom(...CRIU_VERSIONS),
      async (which, forgeries, change, criu) => {
        const model = models[which % models.length];
        if (model === undefined) throw new Error('no bundle');
        for (const name of ['place', 'store']) sandbox.fresh(name);
        const bundle = sandbox.fresh('bundle');
        write(bundle, forge(model, forgeries));
        if (change !== null) vandalise(bundle, change, sandbox);
        const top = sandbox.top();
        const before = readdirSync(bundle, { recursive: true });
        const result = await use(bundle, criu, number++ % 8 === 0);
        outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
        expect(sandbox.top()).toEqual(top);
        expect(readdirSync(bundle, { recursive: true })).toEqual(before);
      },
    ),
    { numRuns: cases(120) },
  );
  expect(outcomes.get('ok')).toBeGreaterThan(0);
  expect(outcomes.get('document-invalid')).toBeGreaterThan(0);
  expect(outcomes.size).toBeGreaterThan(4);
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MOST_MEMORY);
});
