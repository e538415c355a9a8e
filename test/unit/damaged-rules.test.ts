import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ruleNamesOf } from '../../src/restore/damaged-rules.js';
import { folder } from './bundle-support.js';

const RUNS = ['23211494-a03c-473c-9afa-4f3f147eace9', '00000000-0000-4000-8000-00000000000f'];

test('the names of rules are found in a document that was cut short, wherever they lie', async () => {
  const path = await folder();
  // The second one lies over the end of the first piece that is read (64 KiB).
  const first = `{"trees":[{"capture":{"runId":"${RUNS[0]}"`;
  const document = `${first.padEnd(2 ** 16 - 20, 'x')}"runId": "${RUNS[1]}","runId":"no name of a run`;
  await writeFile(join(path, 'document.json'), document);
  await writeFile(join(path, 'guard.nft'), 'table inet ckpt-0123abcd\ndelete table inet ckpt-0123abcd\n');
  expect(await ruleNamesOf(path)).toEqual({ guard: 'ckpt-0123abcd', runIds: RUNS });
});

test('what lies there instead has no names', async () => {
  const path = await folder();
  await mkdir(join(path, 'document.json'));
  await writeFile(join(path, 'guard.nft'), 'table inet filter\n# table inet ckpt-0123abcd\n');
  expect(await ruleNamesOf(path)).toEqual({ guard: undefined, runIds: [] });
  expect(await ruleNamesOf(join(path, 'none'))).toEqual({ guard: undefined, runIds: [] });
});
