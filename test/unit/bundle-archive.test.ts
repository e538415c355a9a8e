import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header, type HeaderData } from 'tar';
import { describe, expect, it } from 'vitest';
import { CkptError } from '../../src/errors.js';
import { packBundle, unpackBundle } from '../../src/image-format/bundle/archive.js';
import { openBundle } from '../../src/image-format/bundle/index.js';
import { verifyBundle } from '../../src/image-format/bundle/verify-document.js';
import { bundleFiles, codeOf, folder, writeFiles } from './bundle-support.js';

const END = Buffer.alloc(1024);

/** One entry of a tar archive: a header of 512 bytes, and the contents padded to whole blocks. */
function entry(header: HeaderData, contents: Buffer = Buffer.alloc(0)): Buffer {
  const block = Buffer.alloc(512);
  new Header({
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: new Date(0),
    type: 'File',
    size: contents.length,
    ...header,
  }).encode(block);
  return Buffer.concat([block, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)]);
}

const entries = (files: ReadonlyMap<string, Buffer> = bundleFiles()): Buffer[] =>
  [...files].map(([path, bytes]) => entry({ path }, bytes));

const admitAll = async (): Promise<void> => {};

/** Writes an archive and tries to unpack it into a fresh store. */
async function unpack(parts: readonly Buffer[] | Buffer) {
  const [store, place] = [await folder(), await folder()];
  const file = join(place, 'it.ckpt');
  await writeFile(file, Buffer.isBuffer(parts) ? parts : Buffer.concat([...parts, END]));
  const outside = (): string[] => [
    ...readdirSync(store),
    ...readdirSync(place).filter(name => name !== 'it.ckpt'),
  ];
  return { store, outside, result: unpackBundle(file, store, 'owner', admitAll) };
}

async function expectRefused(parts: readonly Buffer[] | Buffer, code = 'archive-invalid'): Promise<void> {
  const { result, outside } = await unpack(parts);
  expect(await codeOf(result)).toBe(code);
  expect(outside()).toEqual([]);
}

describe('a .ckpt file', () => {
  it('brings the bundle back, byte for byte', async () => {
    const [source, place, store] = [join(await folder(), 'a'), await folder(), await folder()];
    await writeFiles(source, bundleFiles());
    const file = join(place, 'it.ckpt');
    await packBundle(source, file, 'owner');
    expect(readdirSync(place)).toEqual(['it.ckpt']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { bundle } = await unpackBundle(file, store, 'owner', admitAll);
    await verifyBundle(bundle);
    for (const [path, bytes] of bundleFiles()) expect(await readFile(join(bundle.path, path))).toEqual(bytes);
    expect(readdirSync(store)).toEqual(['a']);
    expect(await codeOf(packBundle(source, file, 'owner'))).toBe('archive-exists');
  });

  it('that is in the store already gives that bundle; another of the same name is refused', async () => {
    const { result, store } = await unpack(entries());
    await result;
    const file = join(await folder(), 'again.ckpt');
    await writeFile(file, Buffer.concat([...entries(), END]));
    const again = await unpackBundle(file, store, 'owner', admitAll);
    expect([again.bundle.path, again.fresh]).toEqual([join(store, 'a'), false]);
    const other = bundleFiles();
    other.set(
      'manifest.json',
      Buffer.from((other.get('manifest.json') ?? '').toString().replace('000000000001', '000000000002')),
    );
    await writeFile(file, Buffer.concat([...entries(other), END]));
    expect(await codeOf(unpackBundle(file, store, 'owner', admitAll))).toBe('archive-name-taken');
    expect(readdirSync(store)).toEqual(['a']);
  });

  it('that is not admitted leaves nothing in the store', async () => {
    const [store, file] = [await folder(), join(await folder(), 'it.ckpt')];
    await writeFile(file, Buffer.concat([...entries(), END]));
    const refuse = async (): Promise<void> => {
      throw new RangeError('not this one');
    };
    await expect(unpackBundle(file, store, 'owner', refuse)).rejects.toThrow('not this one');
    expect(readdirSync(store)).toEqual([]);
  });

  it('that is cut off while it is written or unpacked leaves nothing', async () => {
    const [source, place, store] = [join(await folder(), 'a'), await folder(), await folder()];
    await writeFiles(source, bundleFiles());
    const file = join(place, 'it.ckpt');
    const cutOff = () => {
      const controller = new AbortController();
      return { abort: controller.signal, onBytes: () => controller.abort('SIGINT') };
    };
    await expect(packBundle(source, file, 'owner', cutOff())).rejects.toThrow('aborted');
    expect(readdirSync(place)).toEqual([]);
    const heard: number[] = [];
    await packBundle(source, file, 'owner', { onBytes: (done, total) => heard.push(done / total) });
    expect(heard.at(-1)).toBe(1);
    await expect(unpackBundle(file, store, 'owner', admitAll, cutOff())).rejects.toBe('SIGINT');
    expect(readdirSync(store)).toEqual([]);
  });

  it('cut short at any block is refused', async () => {
    const whole = Buffer.concat(entries());
    for (let length = 0; length < whole.length; length += 512 * 3) {
      const { result, outside } = await unpack(whole.subarray(0, length));
      expect(
        ['archive-invalid', 'bundle-state-invalid', 'bundle-member-missing', 'bundle-member-size'],
        `${length}`,
      ).toContain(await codeOf(result));
      expect(outside()).toEqual([]);
    }
  });

  it('of noise, of zeros, of nothing, or that is no file is refused', async () => {
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919 + 13) % 251));
    for (const bytes of [
      noise,
      Buffer.alloc(5000),
      Buffer.alloc(0),
      gzipSync(noise),
      gzipSync(Buffer.concat(entries())).subarray(0, 200),
    ]) {
      await expectRefused(bytes);
    }
    expect(await codeOf(unpackBundle('/nonexistent.ckpt', await folder(), 'o', admitAll))).toBe(
      'bundle-missing',
    );
    expect(await codeOf(unpackBundle('/dev/zero', await folder(), 'o', admitAll))).toBe('bundle-missing');
  });

  it.each([
    '../outside',
    '/tmp/ckpt-outside',
    'memory/../../outside',
    './manifest.json',
    'memory/0/../0/pages-1.img',
    'memory/0/deep/pages',
    '.hidden',
    'payload/.hidden',
    'memory\\..\\x',
    'C:/x',
  ])('with a file at %s is refused', async path => {
    await expectRefused([...entries(), entry({ path }, Buffer.from('x'))]);
    expect(existsSync('/tmp/ckpt-outside')).toBe(false);
  });

  it.each([
    ['SymbolicLink', 'memory/0/pages-2.img', '/etc/passwd'],
    ['SymbolicLink', 'memory', '/tmp'],
    ['Link', 'payload/0/x', 'manifest.json'],
    ['Link', 'payload/0/x', '/etc/passwd'],
    ['CharacterDevice', 'payload/0/x', ''],
    ['BlockDevice', 'payload/0/x', ''],
    ['FIFO', 'payload/0/x', ''],
    ['ContiguousFile', 'payload/0/x', ''],
  ] as const)('with a %s at %s is refused', async (type, path, linkpath) => {
    await expectRefused([entry({ path, type, linkpath }), ...entries()]);
    await expectRefused([...entries(), entry({ path, type, linkpath })]);
  });

  it('with a directory elsewhere is refused', async () => {
    for (const path of ['../up/', 'other/', 'memory/../up/', 'memory/0/deep/']) {
      await expectRefused([entry({ path, type: 'Directory' }), ...entries()]);
    }
  });

  it.each(['manifest.json', 'document.json', 'memory/0/pages-1.img'])(
    'with %s twice is refused',
    async path => {
      await expectRefused([...entries(), entry({ path }, bundleFiles().get(path) ?? Buffer.alloc(1))]);
    },
  );

  it('with a member that its manifest does not list, or without one that it lists, is refused', async () => {
    await expectRefused(
      [...entries(), entry({ path: 'payload/0/more' }, Buffer.from('x'))],
      'bundle-member-extra',
    );
    const less = bundleFiles();
    less.delete('payload/0/pipes');
    await expectRefused(entries(less), 'bundle-member-missing');
    const changed = bundleFiles();
    changed.set('payload/0/pipes', Buffer.from('other! data'));
    await expectRefused(entries(changed), 'bundle-member-damaged');
  });

  it('that would fill the disk is refused by its headers, before anything of it is written', async () => {
    await expectRefused([entry({ path: 'memory/0/pages-1.img', size: 2 ** 50 })], 'archive-too-large');
    await expectRefused([entry({ path: 'manifest.json', size: 2 ** 40 })]);
    await expectRefused([entry({ path: 'document.json', size: 2 ** 40 })]);
    // Compressed, 600 MiB of zeros are half a megabyte.
    const bomb = Buffer.concat([
      entry({ path: 'document.json', size: 600 * 2 ** 20 }),
      Buffer.alloc(600 * 2 ** 20),
    ]);
    await expectRefused(gzipSync(bomb, { level: 1 }));
  });

  it('whose manifest has a name that leads elsewhere is refused', async () => {
    const { result, outside } = await unpack(entries(bundleFiles('../../escaped')));
    expect(await codeOf(result)).toBe('bundle-name-invalid');
    expect(outside()).toEqual([]);
  });

  it('names the file in what it says', async () => {
    const { result } = await unpack(Buffer.from('garbage'));
    const error = await result.catch(thrown => thrown);
    expect(error).toBeInstanceOf(CkptError);
    expect(error.message).toContain('it.ckpt');
    expect(error.message).not.toMatch(/\{\w+\}|undefined/);
    expect(await openBundle('/nonexistent').catch(thrown => thrown.code)).toBe('bundle-manifest-missing');
  });
});
