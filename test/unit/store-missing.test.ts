import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyUnlessNamed } from '../../src/cli/commands/list.js';
import { fail } from '../../src/errors.js';
import { listBundles } from '../../src/image-format/bundle/index.js';
import { runCli } from '../support/run-cli.js';
import { codeOf, folder } from './bundle-support.js';

const codeFrom = async (argv: readonly string[]): Promise<unknown> => {
  const { json } = await runCli([...argv, '--json']);
  return (json() as { readonly error?: { readonly code: string } }).error?.code;
};

it.each([['list'], ['show', 'db'], ['verify', 'db'], ['rm', 'db', '--force']])(
  'a store that is not there is not called empty, and not made: ckpt %s',
  async (...argv) => {
    const store = join(await folder(), 'not-mounted');
    expect(await codeFrom([...argv, '--store', store])).toBe('store-missing');
    expect(existsSync(store)).toBe(false);
  },
);

it.each([['list'], ['show', 'db'], ['verify', 'db'], ['rm', 'db', '--force']])(
  'nor is one that cannot be looked at: ckpt %s',
  async (...argv) => {
    const store = join(await folder(), 'loop');
    symlinkSync(store, store);
    expect(await codeFrom([...argv, '--store', store])).toBe('system-refused');
  },
);

it('a store that is a file is said to be one', async () => {
  expect(await codeOf(listBundles('/etc/hostname'))).toBe('store-not-directory');
  expect(await codeFrom(['show', 'db', '--store', '/etc/hostname'])).toBe('store-not-directory');
});

it('the default one is empty before the first freeze', () => {
  const missing = fail('store-missing', { store: '' });
  expect(emptyUnlessNamed('/var/lib/ckpt')(missing)).toMatchObject({ bundles: [] });
  expect(() => emptyUnlessNamed('/mnt/store')(missing)).toThrow(missing);
  expect(() => emptyUnlessNamed('/var/lib/ckpt')(new RangeError('else'))).toThrow('else');
});
