import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

it.skipIf(cannotFreeze)('guards that are raised during a thaw cut no connection off', async () => {
  const [store, place] = [await folder(), await folder()];
  const port = join(place, 'port');
  const { pid } = start(python, [join(import.meta.dirname, 'programs', 'answering.py'), port]);
  await until('the server to listen', () => existsSync(port));
  const client = connect(Number(readFileSync(port, 'utf8')), '127.0.0.1');
  onTestFinished(() => {
    client.destroy();
  });
  let answers = 0;
  client.on('data', () => {
    answers += 1;
  });
  const ask = async (): Promise<void> => {
    const before = answers;
    client.write('?');
    await until('an answer', () => answers > before);
  };
  await ask();
  expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
  owned(pid);
  let thawed = false;
  const raise = async (): Promise<void> => {
    while (!thawed) await ckpt(['guard', '--store', store]);
  };
  const raising = [raise(), raise(), raise()];
  const thaw = await ckpt(['thaw', 'a', '--store', store]);
  thawed = true;
  await Promise.all(raising);
  expect(thaw).toMatchObject({ status: 0, stderr: '' });
  const id = JSON.parse(readFileSync(join(store, 'a', 'manifest.json'), 'utf8')).id.slice(0, 8);
  expect((await execa('nft', ['list', 'tables'])).stdout).not.toContain(id);
  await ask();
});
