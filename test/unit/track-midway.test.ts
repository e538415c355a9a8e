/** A firewall that takes only the beginnings of connections takes thawed ones, for as long as a thaw needs. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { trackMidway } from '../../src/host/conntrack.js';
import { folder } from './bundle-support.js';

async function settings(before: string): Promise<{
  readonly files: readonly [setting: string, lock: string];
  readonly now: () => Promise<string>;
  readonly becomes: (value: string) => Promise<void>;
}> {
  const place = await folder();
  const setting = join(place, 'loose');
  await writeFile(setting, before);
  const now = async (): Promise<string> => (await readFile(setting, 'utf8')).trim();
  const becomes = async (value: string): Promise<void> => {
    for (let tries = 0; (await now()) !== value; tries++) {
      if (tries === 200) throw new Error(`it is ${await now()} after 10 s, and not ${value}`);
      await sleep(50);
    }
  };
  return { files: [setting, join(place, 'made', 'lock')], now, becomes };
}

test.each(['0', '1'])('a setting of %s is as it was afterwards', async before => {
  const { files, now } = await settings(`${before}\n`);
  const back = await trackMidway(...files);
  expect(await now()).toBe('1');
  await back();
  expect(await now()).toBe(before);
  await back();
});

test('where nothing tracks connections there is nothing to do', async () => {
  const place = await folder();
  await (await trackMidway(join(place, 'missing'), join(place, 'lock')))();
});

test('of two thaws at once the one that ends first does not take it from the other', async () => {
  const { files, now, becomes } = await settings('0\n');
  const first = await trackMidway(...files);
  const second = trackMidway(...files);
  await sleep(200);
  await first();
  const back = await second;
  expect(await now()).toBe('1');
  await back();
  await becomes('0');
});

test('it is put back when ckpt is killed meanwhile', async () => {
  const { files, becomes } = await settings('0\n');
  const module = join(import.meta.dirname, '..', '..', 'src', 'host', 'conntrack.ts');
  const code = `import(process.argv[1]).then(async ({ trackMidway }) => {
    await trackMidway(...process.argv.slice(2));
    setInterval(() => {}, 1000);
  })`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', code, module, ...files], {
    stdio: 'inherit',
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await becomes('1');
  child.kill('SIGKILL');
  await becomes('0');
});
