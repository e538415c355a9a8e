import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cannotFreeze, ckpt, folder } from './support.js';

/** Runs in a mount namespace of its own with a /etc and a /run that stay in `place`. */
async function guard(place: string, words: readonly string[], systemctl: string) {
  for (const one of ['etc', 'run', 'bin']) await mkdir(join(place, one), { recursive: true });
  await writeFile(join(place, 'bin', 'systemctl'), `#!/bin/sh\n${systemctl}\n`, { mode: 0o755 });
  const mounts = `mount --bind ${place}/etc /etc && mount --bind ${place}/run /run && exec "$@"`;
  return ckpt(['guard', ...words], {
    inside: ['unshare', '--mount', 'sh', '-c', mounts, 'sh'],
    env: { PATH: `${join(place, 'bin')}:${process.env.PATH}`, CKPT_STORE: join(place, 'store') },
  });
}

test.skipIf(cannotFreeze)('no guard is promised where systemd does not run the machine', async () => {
  const place = await folder();
  const ran = await guard(place, ['--install'], 'exit 0');
  expect(ran).toMatchObject({ status: 7, stdout: '' });
  expect(ran.stderr).toContain('systemd does not run this machine');
  expect(ran.stderr).toContain('--install-hook');
  expect(await readdir(join(place, 'etc'))).toEqual([]);
});

test.skipIf(cannotFreeze)(
  'what systemd does not take leaves nothing, and an earlier guard whole',
  async () => {
    const place = await folder();
    const unit = join(place, 'etc/systemd/system/ckpt-guard.service');
    await mkdir(join(place, 'run/systemd/system'), { recursive: true });
    expect(await guard(place, ['--install'], 'echo no >&2; exit 1')).toMatchObject({ status: 7 });
    expect(await readdir(join(place, 'etc/systemd/system'))).toEqual([]);
    expect(await readdir(join(place, 'etc/systemd/system-generators'))).toEqual([]);
    const enable = `mkdir -p ${place}/etc/systemd/system/sysinit.target.wants`;
    expect(await guard(place, ['--install'], enable)).toMatchObject({ status: 0 });
    const earlier = readFileSync(unit, 'utf8');
    expect(await guard(place, ['--install', '--store', '/other'], 'exit 1')).toMatchObject({ status: 7 });
    expect(readFileSync(unit, 'utf8')).toBe(earlier);
  },
);

test.skipIf(cannotFreeze)(
  'what was installed goes where systemd does not run the machine any more',
  async () => {
    const place = await folder();
    await mkdir(join(place, 'run/systemd/system'), { recursive: true });
    const enable = `mkdir -p ${place}/etc/systemd/system/sysinit.target.wants`;
    expect(await guard(place, ['--install'], enable)).toMatchObject({ status: 0 });
    await rm(join(place, 'run/systemd'), { recursive: true });
    expect(await guard(place, ['--uninstall'], 'exit 1')).toMatchObject({ status: 0 });
    expect(await readdir(join(place, 'etc/systemd/system'))).not.toContain('ckpt-guard.service');
    expect(await readdir(join(place, 'etc/ckpt'))).not.toContain('raise-guards');
  },
);

test
  .skipIf(cannotFreeze)
  .each([
    [['--install', '--uninstall']],
    [['--install', '--install-hook', '/etc/hook']],
    [['--uninstall', '--install-hook', '/etc/hook']],
  ])('%j is refused: one thing at a time', async words => {
  const place = await folder();
  const ran = await guard(place, words, 'exit 0');
  expect(ran).toMatchObject({ status: 2, stdout: '' });
  expect(ran.stderr).toContain('cannot be used with');
  expect(await readdir(join(place, 'etc'))).toEqual([]);
});

test.skipIf(cannotFreeze)(
  'a script is put only where an init can look, and counts only when it lies there',
  async () => {
    const place = await folder();
    await mkdir(join(place, 'etc/taken'), { recursive: true });
    const nowhere = await guard(place, ['--install-hook', '/etc/initt.d/ckpt'], 'exit 1');
    expect(nowhere).toMatchObject({ status: 7, stdout: '' });
    expect(nowhere.stderr).toContain('/etc/initt.d');
    expect((await guard(place, ['--install-hook', '/etc/taken'], 'exit 1')).status).toBe(7);
    expect(await readdir(join(place, 'etc'))).toEqual(['taken']);
  },
);
