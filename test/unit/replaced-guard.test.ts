import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { guardScript } from '../../src/host/guard.js';
import { replacedStore } from '../../src/host/replaced-guard.js';
import { codeOf, folder } from './bundle-support.js';

it('a guard is not taken from a store whose bundles wait, and else its store is named', async () => {
  const [store, other] = [await folder(), await folder()];
  const script = join(await folder(), 'raise-guards');
  expect(await replacedStore(store, script)).toBeUndefined();
  writeFileSync(script, guardScript(other));
  expect(await replacedStore(other, script)).toBeUndefined();
  expect(await replacedStore(store, script)).toBe(other);
  const mark = join(other, 'db', 'frozen');
  mkdirSync(join(other, 'db'));
  writeFileSync(mark, '812\n');
  expect(await codeOf(replacedStore(store, script))).toBe('guard-of-another');
  expect(await replacedStore(other, script)).toBeUndefined();
  rmSync(mark);
  expect(await replacedStore(store, script)).toBe(other);
});
