/** A bundle that somebody removes while another command reads it. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fail } from '../../src/errors.js';
import { findBundle, unlessRemoved } from '../../src/image-format/bundle/open-bundle.js';
import { verifyLayout } from '../../src/image-format/bundle/verify.js';
import { bundleFiles, codeOf, folder, writeFiles } from './bundle-support.js';

test('is missing to whoever reads it, and no bug', async () => {
  const store = await folder();
  await writeFiles(join(store, 'a'), bundleFiles());
  const bundle = await findBundle(store, 'a');
  await rename(join(store, 'a'), join(store, '.removed'));
  expect(await codeOf(unlessRemoved(bundle, verifyLayout(bundle)))).toBe('bundle-missing');
});

test('what is wrong with one that is there is said as it is', async () => {
  const store = await folder();
  await writeFiles(join(store, 'a'), bundleFiles());
  const bundle = await findBundle(store, 'a');
  const damaged = Promise.reject(fail('bundle-member-missing', { bundle: 'a', member: 'x' }));
  expect(await codeOf(unlessRemoved(bundle, damaged))).toBe('bundle-member-missing');
  expect(await unlessRemoved(bundle, Promise.resolve(1))).toBe(1);
});
