import { existsSync, readdirSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workOwner } from '../../src/host/work-owner.js';
import { claimBundle } from '../../src/image-format/bundle/claim.js';
import { makeWorkDirectory } from '../../src/image-format/bundle/store.js';
import { removeBundles } from '../../src/restore/remove-bundles.js';
import { bundleFiles, codeOf, folder, writeFiles } from './bundle-support.js';

const ID = '00000000-0000-4000-8000-000000000001';

/** A store with these bundles, thawed by what their states say. */
async function storeWith(...names: readonly string[]): Promise<string> {
  const store = await folder();
  for (const name of names) {
    const files = bundleFiles(name);
    const state = { state: 'thawed', at: '2026-01-01T00:00:00.000Z', kernel: '6.1.0', bootId: 'b' };
    files.set('state.json', Buffer.from(JSON.stringify({ history: [state] })));
    await writeFiles(join(store, name), files);
  }
  return store;
}

const remove = (store: string, names: readonly string[], force = false): Promise<readonly string[]> =>
  removeBundles({ store, names, force, dryRun: false, emit: () => {} });

describe('removing bundles', () => {
  it('takes each that is named, once', async () => {
    const store = await storeWith('a', 'b', 'c');
    expect(await remove(store, ['a', 'a', 'b'])).toEqual(['a', 'b']);
    expect(readdirSync(store)).toEqual(['c']);
  });

  it('takes nothing when one of them cannot be', async () => {
    const store = await storeWith('a');
    await writeFiles(join(store, 'waits'), bundleFiles('waits'));
    expect(await codeOf(remove(store, ['a', 'waits']))).toBe('rm-only-copy');
    expect(await codeOf(remove(store, ['a', 'none'], true))).toBe('bundle-missing');
    expect(readdirSync(store).sort()).toEqual(['a', 'waits']);
    expect(await remove(store, ['a', 'waits'], true)).toEqual(['a', 'waits']);
  });

  it('takes nothing away from a thaw that is under way', async () => {
    const store = await storeWith('a');
    const owner = workOwner();
    const thaw = { ...(await makeWorkDirectory(store, owner)), owner };
    expect(await claimBundle(store, ID, thaw, () => true)).toBeUndefined();
    expect(await codeOf(remove(store, ['a'], true))).toBe('thaw-under-way');
    expect(readdirSync(store).sort()).toEqual([thaw.path.slice(store.length + 1), 'a']);
  });

  it('only looks in a dry run', async () => {
    const store = await storeWith('a');
    expect(await removeBundles({ store, names: ['a'], force: false, dryRun: true, emit: () => {} })).toEqual([
      'a',
    ]);
    expect(readdirSync(store)).toEqual(['a']);
  });

  it('takes a damaged one only by force', async () => {
    const store = await storeWith('a');
    await writeFile(join(store, 'a', 'manifest.json'), '{');
    expect(await codeOf(remove(store, ['a']))).toBe('bundle-manifest-invalid');
    expect(await remove(store, ['a'], true)).toEqual(['a']);
    expect(readdirSync(store)).toEqual([]);
  });

  it('takes nothing that was never a bundle, not even by force', async () => {
    const store = await storeWith();
    const elsewhere = await storeWith('kept');
    await writeFiles(store, new Map([['mysql/ibdata1', Buffer.from('x')]]));
    await writeFiles(store, new Map([['extension/manifest.json', Buffer.from('{}')]]));
    await writeFiles(store, new Map([['extension/icon.png', Buffer.from('x')]]));
    await writeFile(join(store, 'file'), '');
    await mkdir(join(store, 'empty'));
    await symlink(join(elsewhere, 'kept'), join(store, 'link'));
    const codes = new Map<string, string>();
    for (const name of readdirSync(store)) codes.set(name, await codeOf(remove(store, [name], true)));
    expect(Object.fromEntries(codes)).toEqual({
      empty: 'bundle-none',
      extension: 'rm-stranger',
      file: 'bundle-not-directory',
      link: 'bundle-not-directory',
      mysql: 'bundle-none',
    });
    expect(readdirSync(store)).toHaveLength(5);
    expect(existsSync(join(elsewhere, 'kept', 'manifest.json'))).toBe(true);
  });
});
