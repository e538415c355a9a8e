/** Import and convert read metadata only: ten gigabytes of pages cost what ten megabytes do. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { syntheticImages, writeSynthetic } from '../../scripts/bench/synthetic-images.js';
import { convert, type Goal } from '../../src/conversion/convert.js';
import { importImages } from '../../src/conversion/import.js';
import { openSource } from '../../src/conversion/source.js';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { OWNER, Sandbox } from './fuzz-support.js';

const never = new AbortController().signal;

const sandbox = new Sandbox();
afterAll(() => sandbox.remove());

/** Bytes that this process has read so far, by whatever system call. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
}

/** What import and three conversions read of 20 processes, each mapping of which has so many pages. */
async function readsFor(pages: number): Promise<number> {
  const images = sandbox.fresh('images');
  const store = sandbox.fresh('store');
  const place = sandbox.fresh('place');
  writeSynthetic(images, syntheticImages(20, 2000, pages));
  const common = { digests: false, owner: OWNER, sign: unsigned, emit: () => {} };
  const before = bytesRead();
  await importImages({ ...common, directory: images, store, name: 'it' });
  const goals: readonly Goal[] = [{ to: 'criu', criu: '3.17.1', kernel: '6.1' }, { to: 'neutral' }];
  for (const name of [images, 'it']) {
    for (const goal of goals) {
      const source = await openSource(name, { store, scratch: place, owner: 'owner', abort: never });
      const target = join(place, 'out');
      await convert({ ...common, source, target, goal, dryRun: false });
      await source.close();
      rmSync(target, { recursive: true });
    }
  }
  return bytesRead() - before;
}

test('of pages, nothing is read', { timeout: 120_000 }, async () => {
  await readsFor(1);
  const small = await readsFor(1);
  // 2000 mappings of 1311 pages are 10 GiB
  const large = await readsFor(1311);
  expect(small).toBeGreaterThan(1_000_000);
  expect(large).toBeLessThan(1.05 * small);
});
