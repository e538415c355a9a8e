import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Criu } from '../../src/host/criu/find.js';
import { openBundle } from '../../src/image-format/bundle/open-bundle.js';
import { unfold } from '../../src/restore/unfold.js';
import { bundleFiles, codeOf, folder, writeFiles } from './bundle-support.js';

it('makes nothing of a bundle of another kind of machine, or of one that is damaged, and leaves nothing behind', async () => {
  const store = await folder();
  const criu: Criu = { path: '/nowhere/criu', version: '4.2.1', chosenBy: 'PATH' };
  const outcome = async (name: string, change: (files: Map<string, Buffer>) => void): Promise<string> => {
    const files = bundleFiles(name);
    change(files);
    mkdirSync(join(store, name));
    await writeFiles(join(store, name), files);
    return codeOf(unfold(await openBundle(join(store, name)), store, criu));
  };
  const manifestWith = (from: string, to: string) => (files: Map<string, Buffer>) =>
    void files.set('manifest.json', Buffer.from(String(files.get('manifest.json')).replace(from, to)));
  expect(await outcome('other', manifestWith('"x86_64"', '"riscv64"'))).toBe('thaw-architecture');
  expect(
    await outcome('damaged', files => void files.set('document.json', Buffer.from('{"format":2,"trees":9}'))),
  ).not.toBe('thaw-architecture');
  expect(readdirSync(store).sort()).toEqual(['damaged', 'other']);
});
