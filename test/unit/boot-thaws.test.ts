import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { bootId } from '../../src/host/system.js';
import { hasSystemd } from '../../src/host/systemd/scope.js';
import { runSystemctl } from '../../src/host/systemd/systemctl.js';
import { runCli } from '../support/run-cli.js';
import { bundleFiles, folder, writeFiles } from './bundle-support.js';

vi.mock('../../src/host/systemd/systemctl.js');
vi.mock('../../src/host/systemd/scope.js', { spy: true });

/** A store with bundles that wait; of "c" systemd was told nothing, and "e" was frozen in this boot. */
async function someThatWait(): Promise<string> {
  const store = await folder();
  for (const name of ['a+1', 'b', 'c', 'd', 'e']) await writeFiles(join(store, name), bundleFiles(name));
  const manifest = join(store, 'e', 'manifest.json');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace('"bootId":"b"', `"bootId":"${bootId()}"`));
  return store;
}

beforeEach(() => {
  vi.mocked(runSystemctl).mockReset();
  vi.mocked(hasSystemd).mockReturnValue(true);
  const stdout = `Id=ckpt-thaw-a\\x2b1.service
LoadState=loaded
ActiveState=failed

Id=ckpt-thaw-b.service
LoadState=loaded
ActiveState=activating

Id=ckpt-thaw-c.service
LoadState=not-found
ActiveState=inactive

Id=ckpt-thaw-d.service
LoadState=loaded
ActiveState=inactive

Id=ckpt-thaw-e.service
LoadState=loaded
ActiveState=inactive
`;
  vi.mocked(runSystemctl).mockResolvedValue({ status: 0, stdout, stderr: '' } as never);
});

it('a list says which of them the boot could not thaw, is just thawing, and has not come to', async () => {
  const { stdout, stderr } = await runCli(['list', '--store', await someThatWait()]);
  expect(stdout).toMatch(/^a\+1 +frozen /m);
  expect(stderr.split('\n')).toEqual([
    "ckpt: this boot could not thaw a+1: systemctl status 'ckpt-thaw-a\\x2b1.service'",
    'ckpt: this boot is now thawing b: systemctl status ckpt-thaw-b.service',
    'ckpt: this boot has not got to the thaw of d: a boot that ended in a shell goes on with systemctl default; or systemctl start ckpt-thaw-d.service',
    '',
  ]);
});

it('so does a list for programs', async () => {
  const list = (await runCli(['list', '--json', '--store', await someThatWait()])).json();
  expect(list).toMatchObject({
    bundles: [
      { name: 'a+1', state: 'frozen', bootThaw: 'failed' },
      { name: 'b', state: 'frozen', bootThaw: 'running' },
      { name: 'c', state: 'frozen' },
      { name: 'd', state: 'frozen', bootThaw: 'untried' },
      { name: 'e', state: 'frozen' },
    ],
  });
});

it('nobody is asked where nothing waits, or systemd does not run', async () => {
  expect((await runCli(['list', '--store', await folder()])).status).toBe(0);
  vi.mocked(hasSystemd).mockReturnValue(false);
  expect((await runCli(['list', '--store', await someThatWait()])).stderr).toBe('');
  expect(runSystemctl).not.toHaveBeenCalled();
});

it('a list for programs has of a tree what can be told without its policy', async () => {
  const store = await folder();
  const files = bundleFiles();
  const manifest = JSON.parse(`${files.get('manifest.json')}`);
  manifest.trees[0].policy = { folders: [{ path: '/run/db', mode: 493, uid: 0, gid: 0 }] };
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  await writeFiles(join(store, 'a'), files);
  const { bundles } = (await runCli(['list', '--json', '--store', store])).json() as { bundles: unknown[] };
  expect(bundles).toMatchObject([{ name: 'a' }]);
  expect(bundles[0]).toHaveProperty('trees', [{ root: 4711, command: 'db', processes: 1 }]);
});

it('a store with nothing but damage is not called empty', async () => {
  const store = await folder();
  await writeFiles(join(store, 'a'), new Map([['manifest.json', Buffer.from('{')]]));
  const { stderr } = await runCli(['list', '--store', store]);
  expect(stderr).toContain('the bundle a is damaged');
  expect(stderr).not.toContain('no bundles');
});
