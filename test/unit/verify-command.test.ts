import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packBundle } from '../../src/image-format/bundle/archive.js';
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

test('a .ckpt file is looked at without being put into the store, and a damaged one is named', async () => {
  const [store, place] = [await folder(), await folder()];
  const bundle = join(place, 'a');
  await mkdir(bundle);
  await writeFiles(bundle, bundleFiles('a'));
  const pack = (file: string) => packBundle(bundle, file, 'owner');
  const look = (...words: string[]) => runCli([...words, '--store', store]);
  const file = join(place, 'a.ckpt');
  await pack(file);
  expect(await look('verify', file)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`${file} is whole`),
  });
  expect((await look('show', file, '--json')).json()).toMatchObject({ kind: 'show', path: file });
  expect((await look('show', bundle, '--json')).json()).toMatchObject({ kind: 'show', path: bundle });
  await writeFile(join(bundle, 'payload', '0', 'pipes'), 'other  data');
  const damaged = join(place, 'b.ckpt');
  await pack(damaged);
  const { status, stderr } = await look('verify', damaged);
  expect(status).toBe(5);
  expect(stderr).toContain('the bundle b.ckpt is damaged');
  expect((await look('verify', join(place, 'c.ckpt'))).status).toBe(3);
  expect(await readdir(store)).toEqual([]);
});
