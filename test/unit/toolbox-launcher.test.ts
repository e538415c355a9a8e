import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launcher } from '../../scripts/toolbox/portable-folder.js';

let base = '';
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'ckpt-launcher-'));
  // A stand-in for the dynamic loader that prints what it was asked to start.
  await mkdir(join(base, 'one', 'lib'), { recursive: true });
  const loader = join(base, 'one', 'lib', 'ld-linux-x86-64.so.2');
  await writeFile(loader, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  await chmod(loader, 0o755);
  await writeFile(join(base, 'one', 'criu'), launcher('criu'), { mode: 0o755 });
});
afterEach(() => rm(base, { recursive: true }));

function started(program: string, options: { cwd?: string; env?: Record<string, string> } = {}): string[] {
  return execFileSync(program, ['dump', 'a b'], { encoding: 'utf8', ...options })
    .trimEnd()
    .split('\n')
    .map(word => (word.startsWith('/') ? normalize(word) : word));
}

function expected(folder: string): string[] {
  const lib = join(folder, 'lib');
  return ['--argv0', 'criu', '--library-path', lib, join(folder, 'bin', 'criu'), 'dump', 'a b'];
}

test('works from its own folder, from another, after a copy and through links', async () => {
  const one = join(base, 'one');
  const two = join(base, 'two with a space');
  await cp(one, two, { recursive: true });
  await symlink('one/criu', join(base, 'relative'));
  await symlink(join(base, 'relative'), join(base, 'absolute'));
  expect(started(join(one, 'criu'))).toEqual(expected(one));
  expect(started('./criu', { cwd: one })).toEqual(expected(one));
  expect(started(join(two, 'criu'))).toEqual(expected(two));
  expect(started(join(base, 'absolute'))).toEqual(expected(one));
  expect(started('criu', { env: { PATH: `${one}:/usr/bin:/bin` } })).toEqual(expected(one));
});
