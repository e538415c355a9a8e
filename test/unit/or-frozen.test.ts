import { join } from 'node:path';
import { expect, it } from 'vitest';
import { orFrozen } from '../../src/cli/frame/or-frozen.js';
import { fail } from '../../src/errors.js';
import { runCli } from '../support/run-cli.js';
import { bundleFiles, folder, writeFiles } from './bundle-support.js';

/** A store with the bundle "a" of the tree "db", whose root has the number of no process that could run here. */
async function storeWith(state: 'frozen' | 'thawed', leftRunning = false): Promise<string> {
  const store = await folder();
  const files = bundleFiles();
  const change = (member: string, from: string, to: string) =>
    files.set(member, Buffer.from(`${files.get(member)}`.replace(from, to)));
  change('manifest.json', '"root":4711,"command":"db"', '"root":999999999,"command":"no-such-db"');
  change('manifest.json', '"leftRunning":false', `"leftRunning":${leftRunning}`);
  change('state.json', '"frozen"', `"${state}"`);
  await writeFiles(join(store, 'a'), files);
  return store;
}

const check = async (word: string, store: string) =>
  (await runCli(['check', word, '--store', store, '--json'])).json();

it.each(['999999999', 'no-such-db'])('what is frozen already is said to be, and where: %s', async word => {
  expect(await check(word, await storeWith('frozen'))).toMatchObject({
    error: { code: 'target-frozen', hint: expect.stringMatching(/: ckpt thaw .*\ba$/) },
  });
});

it('a second freeze is told, too', async () => {
  const result = await runCli(['freeze', 'no-such-db', '--store', await storeWith('frozen')]);
  expect(result.stderr).toContain('no-such-db is frozen already, in the bundle a\n');
  expect(result.status).toBe(3);
});

it.each([
  ['was thawed', 'thawed', false],
  ['was copied while it ran on', 'frozen', true],
] as const)('but not what %s', async (_, state, leftRunning) => {
  expect(await check('no-such-db', await storeWith(state, leftRunning))).toMatchObject({
    error: { code: 'target-name-unknown' },
  });
});

it('a store that is not there says nothing about it', async () => {
  const missing = fail('target-missing', { pid: 7 });
  await expect(orFrozen('/no/such/store', () => Promise.reject(missing))).rejects.toBe(missing);
});
