import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { claimBundle } from '../../src/image-format/bundle/claim.js';
import { makeWorkDirectory, type WorkDirectory } from '../../src/image-format/bundle/store.js';
import { folder } from './bundle-support.js';

const BUNDLE = '00000000-0000-4000-8000-000000000001';
const lives = ({ owner }: { readonly owner: string }): boolean => owner === 'alive';

async function place(store: string, owner: string): Promise<WorkDirectory> {
  return { ...(await makeWorkDirectory(store, owner)), owner };
}

it('is with one of those who come at once, also after one that died with it', async () => {
  for (let round = 0; round < 40; round += 1) {
    const store = await folder();
    // It has ended, and left its claim behind.
    expect(await claimBundle(store, BUNDLE, await place(store, 'dead'), lives)).toBeUndefined();
    const places = await Promise.all([0, 1, 2].map(() => place(store, 'alive')));
    const others = await Promise.all(places.map(one => claimBundle(store, BUNDLE, one, lives)));
    expect(others.filter(other => other === undefined)).toHaveLength(1);
  }
});

it('is told from one of another bundle, says who has it, and goes with the place of who had it', async () => {
  const store = await folder();
  const [first, second] = [await place(store, 'alive'), await place(store, 'alive')];
  expect(await claimBundle(store, BUNDLE, first, lives)).toBeUndefined();
  expect(await claimBundle(store, BUNDLE.replace('1', '2'), second, lives)).toBeUndefined();
  expect(await claimBundle(store, BUNDLE, second, lives)).toMatchObject({ id: first.id, owner: 'alive' });
  await rm(first.path, { recursive: true });
  expect(await claimBundle(store, BUNDLE, second, lives)).toBeUndefined();
});
