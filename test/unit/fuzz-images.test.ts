/** Directories of images from strangers: damaged dumps, with links, pipes and foreign files among them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { convert } from '../../src/conversion/convert.js';
import { importImages } from '../../src/conversion/import.js';
import { openSource } from '../../src/conversion/source.js';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { CRIU_VERSIONS } from '../../src/image-format/criu/image-set.js';
import { imageSets } from './converters-images.js';
import {
  cases,
  MOST_MEMORY,
  OWNER,
  outcome,
  PATIENCE,
  Sandbox,
  vandalise,
  vandalism,
  writeDump,
} from './fuzz-support.js';

const never = new AbortController().signal;

const sandbox = new Sandbox();
afterAll(() => sandbox.remove());

test('a damaged directory is refused by name or taken, and nothing is written elsewhere', {
  timeout: PATIENCE,
}, async () => {
  const outcomes = new Map<string, number>();
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...imageSets),
      fc.array(vandalism, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...CRIU_VERSIONS),
      async (name, changes, criu) => {
        const images = sandbox.fresh('images');
        const store = sandbox.fresh('store');
        const place = sandbox.fresh('place');
        writeDump(name, images);
        for (const change of changes) vandalise(images, change, sandbox);
        const top = sandbox.top();
        const before = readdirSync(images);
        const result = await outcome(async () => {
          // every fourth is written as well: writing syncs to the disk, which takes its time
          const written = number++ % 4 === 0;
          if (written) {
            await importImages({
              directory: images,
              store,
              name: 'it',
              digests: false,
              owner: OWNER,
              sign: unsigned,
              emit: () => {},
            });
          }
          const source = await openSource(images, { store, scratch: place, owner: 'owner', abort: never });
          const goal = { to: 'criu', criu, kernel: '5.10' } as const;
          await convert({
            source,
            target: join(place, 'out'),
            goal,
            dryRun: !written,
            digests: false,
            owner: OWNER,
            sign: unsigned,
            emit: () => {},
          });
        });
        outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
        expect(sandbox.top()).toEqual(top);
        expect(readdirSync(images)).toEqual(before);
        expect(readdirSync(place).filter(one => one !== 'out')).toEqual([]);
        expect(readdirSync(store).filter(one => one !== 'it')).toEqual([]);
        expect(existsSync(join(sandbox.path, 'secret'))).toBe(true);
      },
    ),
    { numRuns: cases(120) },
  );
  // all three must happen, or the damage was none or too much to prove anything
  expect(outcomes.get('ok')).toBeGreaterThan(0);
  expect(outcomes.get('image-not-a-file')).toBeGreaterThan(0);
  expect(outcomes.size).toBeGreaterThan(4);
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MOST_MEMORY);
});
