import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ensureNumbersFree } from '../../src/restore/preflight.js';

test('a number that this program has itself is not said to be taken by somebody else', async () => {
  for (const id of readdirSync('/proc/self/task').map(Number))
    await expect(ensureNumbersFree([id])).rejects.toMatchObject({ code: 'thaw-pid-own' });
  await expect(ensureNumbersFree([1])).rejects.toMatchObject({ code: 'thaw-pid-taken' });
});
