import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBundle, listBundles, openBundle } from '../../src/image-format/bundle/index.js';
import { verifyBundle } from '../../src/image-format/bundle/verify-document.js';
import { bundleFiles, codeOf, folder, writeFiles } from './bundle-support.js';

async function makeBundle(): Promise<string> {
  const path = join(await folder(), 'a');
  await writeFiles(path, bundleFiles());
  return path;
}

const verify = async (path: string) => verifyBundle(await openBundle(path));

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

/** Changes the manifest as a hostile writer would: valid JSON, digests of the rest untouched. */
async function editManifest(path: string, edit: (manifest: Record<string, never>) => void): Promise<void> {
  const file = join(path, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  edit(manifest);
  await writeFile(file, JSON.stringify(manifest));
}

describe('a damaged bundle', () => {
  it('is told from a whole one', async () => {
    expect(await verify(await makeBundle())).toMatchObject({ members: 3, undigested: [] });
  });

  it.each(['document.json', 'memory/0/pages-1.img', 'payload/0/pipes'])(
    '%s: one flipped bit anywhere',
    async member => {
      const path = await makeBundle();
      const { length } = await readFile(join(path, member));
      for (const at of [0, Math.floor(length / 2), length - 1]) {
        await flip(join(path, member), at);
        expect(await codeOf(verify(path)), `bit at ${at}`).toBe('bundle-member-damaged');
        await flip(join(path, member), at);
      }
      await verify(path);
    },
  );

  it.each(['manifest.json', 'state.json'])('%s: cut short at any length', async member => {
    const path = await makeBundle();
    const whole = await readFile(join(path, member));
    for (let length = 0; length < whole.length; length += 37) {
      await writeFile(join(path, member), whole.subarray(0, length));
      expect(['bundle-manifest-invalid', 'bundle-state-invalid']).toContain(await codeOf(verify(path)));
    }
  });

  it.each(['document.json', 'memory/0/pages-1.img', 'payload/0/pipes'])(
    '%s: cut short, grown, missing',
    async member => {
      const path = await makeBundle();
      const file = join(path, member);
      const whole = await readFile(file);
      await truncate(file, whole.length - 1);
      expect(await codeOf(verify(path))).toBe('bundle-member-size');
      await writeFile(file, whole);
      await appendFile(file, 'x');
      expect(await codeOf(verify(path))).toBe('bundle-member-size');
      await rm(file);
      expect(await codeOf(verify(path))).toBe('bundle-member-missing');
    },
  );

  it.each([
    ['manifest.json', 'bundle-manifest-missing'],
    ['state.json', 'bundle-state-invalid'],
  ])('without its %s', async (member, code) => {
    const path = await makeBundle();
    await rm(join(path, member));
    expect(await codeOf(verify(path))).toBe(code);
  });

  it.each(['extra', 'memory/0/pages-2.img', 'manifest.json.new-1', '.hidden', 'a b', 'memory/0/deep/er'])(
    'with a member too many: %s',
    async member => {
      const path = await makeBundle();
      await writeFiles(path, new Map([[member, Buffer.from('x')]]));
      expect(await codeOf(verify(path))).toBe('bundle-member-extra');
    },
  );

  it.each([
    'document.json',
    'memory/0/pages-1.img',
    'payload/0/pipes',
    'manifest.json',
    'state.json',
    'more',
  ])('with a link in the place of %s, even to the very same bytes', async member => {
    const path = await makeBundle();
    const elsewhere = join(await folder(), 'elsewhere');
    await rename(join(path, member), elsewhere).catch(() => writeFile(elsewhere, ''));
    await symlink(elsewhere, join(path, member));
    expect(await codeOf(verify(path))).toBe(
      member === 'state.json' ? 'bundle-state-invalid' : 'bundle-member-kind',
    );
  });

  it('with a link in the place of a folder, a fifo in the place of a file', async () => {
    const linked = await makeBundle();
    const elsewhere = join(await folder(), 'elsewhere');
    await rename(join(linked, 'memory'), elsewhere);
    await symlink(elsewhere, join(linked, 'memory'));
    expect(await codeOf(verify(linked))).toBe('bundle-member-kind');
    const piped = await makeBundle();
    await rm(join(piped, 'payload/0/pipes'));
    execFileSync('mkfifo', [join(piped, 'payload/0/pipes')]);
    expect(await codeOf(verify(piped))).toBe('bundle-member-kind');
  });

  it('that is a link itself, or a file, is not followed', async () => {
    const store = await folder();
    await symlink(await makeBundle(), join(store, 'linked'));
    await writeFile(join(store, 'file'), '');
    expect(await codeOf(findBundle(store, 'linked'))).toBe('bundle-not-directory');
    expect(await codeOf(findBundle(store, 'file'))).toBe('bundle-not-directory');
    await mkdir(join(store, 'lost+found'));
    const { bundles, broken, strays } = await listBundles(store);
    expect([bundles.length, broken]).toEqual([0, []]);
    expect(strays.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'file: file',
      'linked: link',
      'lost+found: folder',
    ]);
  });
});

describe('a hostile manifest', () => {
  const cases: readonly [what: string, edit: (manifest: never) => void, code: string][] = [
    [
      'lists a path outside',
      (m: { members: { path: string }[] }) => {
        m.members[0] = { ...m.members[0], path: '../../etc/shadow' };
      },
      'bundle-manifest-invalid',
    ],
    [
      'lists an absolute path',
      (m: { members: { path: string }[] }) => {
        m.members[0] = { ...m.members[0], path: '/etc/shadow' };
      },
      'bundle-manifest-invalid',
    ],
    [
      'lists a member twice',
      (m: { members: unknown[] }) => {
        m.members.push(m.members[0]);
      },
      'bundle-manifest-invalid',
    ],
    [
      'has no digest of the document',
      (m: { members: { digest: null }[] }) => {
        m.members[0] = { ...m.members[0], digest: null };
      },
      'bundle-manifest-invalid',
    ],
    [
      'lists no document',
      (m: { members: unknown[] }) => {
        m.members.shift();
      },
      'bundle-member-extra',
    ],
    [
      'gives a negative size',
      (m: { members: { size: number }[] }) => {
        m.members[1] = { ...m.members[1], size: -1 };
      },
      'bundle-manifest-invalid',
    ],
    [
      'gives a size beyond counting',
      (m: { members: { size: number }[] }) => {
        m.members[1] = { ...m.members[1], size: 1e300 };
      },
      'bundle-manifest-invalid',
    ],
    [
      'gives another size',
      (m: { members: { size: number }[] }) => {
        m.members[1] = { ...m.members[1], size: 4096 };
      },
      'bundle-member-size',
    ],
    [
      'has a field of its own',
      (m: { more: number }) => {
        m.more = 1;
      },
      'bundle-manifest-invalid',
    ],
    [
      'is of a later layout',
      (m: { bundle: number }) => {
        m.bundle = 99;
      },
      'bundle-too-new',
    ],
    [
      'has no trees',
      (m: { trees: unknown[] }) => {
        m.trees = [];
      },
      'bundle-manifest-invalid',
    ],
  ] as never;

  it.each(cases)('that %s', async (_what, edit, code) => {
    const path = await makeBundle();
    await editManifest(path, edit as never);
    expect(await codeOf(verify(path))).toBe(code);
  });

  it.each([['null'], ['[]'], ['"text"'], ['{"bundle": 1}'], ['[[[[[[[['], ['\u0000\u0001']])(
    'that is %s',
    async text => {
      const path = await makeBundle();
      await writeFile(join(path, 'manifest.json'), text);
      expect(await codeOf(verify(path))).toBe('bundle-manifest-invalid');
    },
  );

  it('that is too large to be one is not read', async () => {
    const path = await makeBundle();
    await truncate(join(path, 'manifest.json'), 10 * 2 ** 30);
    expect(await codeOf(verify(path))).toBe('bundle-member-size');
  });

  it('counts nothing for a directory that is no bundle', async () => {
    const store = await folder();
    await mkdir(join(store, 'empty'));
    expect(await codeOf(findBundle(store, 'empty'))).toBe('bundle-none');
    expect(await codeOf(findBundle(store, 'none'))).toBe('bundle-missing');
    for (const name of ['../a', '..', '.hidden', 'a/b', '/abs', '', 'x'.repeat(200), 'a\nb']) {
      expect(await codeOf(findBundle(store, name)), name).toBe('bundle-name-invalid');
    }
    for (const name of ['a.ckpt', '/mnt/usb/a.ckpt'])
      expect(await codeOf(findBundle(store, name)), name).toBe('bundle-name-file');
  });
});
