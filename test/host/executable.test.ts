import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cacheFolder, completeOrAbsent } from '../../scripts/toolbox/cache.js';
import { privateApt } from '../../scripts/toolbox/private-apt.js';

const root = join(import.meta.dirname, '..', '..');
const version: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version;

/** A place with nothing of this repository and nothing of Node in it. */
let away = '';
let program = '';
/** What the build said. */
let said = '';

beforeAll(async () => {
  await mkdir(cacheFolder(), { recursive: true });
  away = await mkdtemp(join(cacheFolder(), 'executable-test-'));
  program = join(away, 'ckpt');
  const args = ['--import', 'tsx', 'scripts/build/executable.ts', 'src/cli/main.ts', program];
  // A CI or a terminal multiplexer leaves descriptors open to what it runs: here a pipe.
  const { stderr } = await execa(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  said = stderr;
});
afterAll(() => rm(away, { recursive: true, force: true }));

const nothing = { extendEnv: false, env: {}, cwd: '/' } as const;

test('brings the code along that V8 made of it', () => {
  expect(said).toBe(`built ${program}`);
});

test('says its version without a PATH, a home or modules', async () => {
  const { stdout } = await execa(program, ['--version'], nothing);
  expect(stdout).toContain(String(version));
});

test('does not hear what is said to other Node programs', async () => {
  const env = { NODE_OPTIONS: '--no-such-option', NODE_EXTRA_CA_CERTS: '/no/such/file' };
  const { stdout, stderr } = await execa(program, ['--version'], { ...nothing, env });
  expect(stdout).toContain(String(version));
  expect(stderr).toBe('');
});

test('fails as the plain program does: an unknown command is a usage error, on stderr', async () => {
  const result = await execa(program, ['defrost'], { ...nothing, reject: false });
  expect(result.exitCode).toBe(2);
  expect(result.stdout).toBe('');
  expect(result.stderr).toContain('defrost');
});

describe.runIf(process.getuid?.() === 0)(
  'in a root with nothing but that suite’s C and C++ libraries',
  () => {
    test.each(['bullseye', 'bookworm', 'trixie', 'forky'])('%s', async suite => {
      const userland = await smallestUserland(suite);
      const inside = join(userland, `ckpt-${process.pid}`);
      await copyFile(program, inside);
      try {
        const { stdout } = await execa('chroot', [userland, `/ckpt-${process.pid}`, '--version'], {
          cwd: '/',
        });
        expect(stdout).toContain(String(version));
      } finally {
        await rm(inside);
      }
    });
  },
);

/** A root folder with the libraries that every Debian installation of the suite has, and nothing else. */
function smallestUserland(suite: string): Promise<string> {
  return completeOrAbsent(join(cacheFolder(), 'libraries', suite), async folder => {
    const apt = await privateApt(join(folder, 'apt'), { suite });
    const unpacked = join(folder, 'root');
    for (const file of await apt.download(['libc6', 'libstdc++6']))
      await execa('dpkg-deb', ['-x', file, unpacked]);
    await rm(join(folder, 'apt'), { recursive: true });
    for (const name of ['lib', 'lib64', 'usr']) {
      if (existsSync(join(unpacked, name))) await rename(join(unpacked, name), join(folder, name));
      else await symlink(`usr/${name}`, join(folder, name));
    }
    await rm(unpacked, { recursive: true });
    await mkdir(join(folder, 'dev'));
    await mkdir(join(folder, 'proc'));
  });
}
