import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../support/run-cli.js';
import { bundleFiles, folder, writeFiles } from './bundle-support.js';

test('a damaged bundle keeps none of the others from being looked at', async () => {
  const store = await folder();
  for (const name of ['a', 'b', 'c']) {
    await mkdir(join(store, name));
    await writeFiles(join(store, name), bundleFiles(name));
  }
  await rm(join(store, 'a', 'payload', '0', 'pipes'));
  const verify = (...words: string[]) => runCli(['verify', ...words, '--store', store]);
  const { status, stdout, stderr } = await verify('a', 'b', 'none', 'c');
  expect(stderr).toContain('the bundle a is damaged');
  expect(stderr).toContain('there is no bundle none');
  expect(stdout.match(/^\w+ is whole/gm)).toEqual(['b is whole', 'c is whole']);
  expect(status).toBe(5);
  expect((await verify('none', 'a')).status).toBe(3);
  expect((await verify('b', 'c')).status).toBe(0);
  const all = await verify('a', 'b', '--json');
  expect(all).toMatchObject({ status: 5, stderr: '' });
  expect(all.json()).toMatchObject({
    kind: 'verify',
    bundles: [{ name: 'b' }],
    failed: [{ code: 'bundle-member-missing', exit: 5 }],
  });
  expect((await verify('a', '--json')).json()).toMatchObject({ kind: 'error' });
});
