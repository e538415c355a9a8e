import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { writeBundle } from '../../src/image-format/bundle/write-bundle.js';
import type { BundlePayload } from '../../src/image-format/bundle/write-payloads.js';
import { writePayloads } from '../../src/image-format/bundle/write-payloads.js';
import { documentFromJson } from '../../src/image-format/neutral/index.js';
import { bundleFiles, codeOf, documentText, folder } from './bundle-support.js';

const PAGES = 'memory/0/pages-1.img';

/** Makes a bundle whose page file has `size` bytes by the manifest, and 4096 on the disk. */
async function writeWith(size: number): Promise<unknown> {
  const directory = await folder();
  await mkdir(dirname(join(directory, PAGES)), { recursive: true });
  await writeFile(join(directory, PAGES), Buffer.alloc(4096));
  const { id, name, createdAt, origin, options, trees } = JSON.parse(
    String(bundleFiles().get('manifest.json')),
  );
  return writeBundle(directory, {
    document: documentFromJson(documentText, 'document.json'),
    payloads: [{ member: 'payload/0/pipes', parts: [{ in: 'memory', bytes: Buffer.from('unread') }] }],
    placed: [{ path: PAGES, size, digest: null }],
    manifest: { id, name, createdAt, origin, options, trees },
    history: [{ state: 'frozen', at: createdAt, kernel: '6.1.0', bootId: 'b' }],
    sign: unsigned,
  });
}

it('keeps no bundle with a member that is not on the disk whole', async () => {
  expect(await writeWith(4096)).toMatchObject({ name: 'a' });
  expect(await codeOf(writeWith(8192))).toBe('bundle-not-whole');
});

it('takes the parts of a payload from where they lie, through no link, and from no file that became shorter', async () => {
  const directory = await folder();
  const [file, link] = [join(directory, 'file'), join(directory, 'link')];
  await writeFile(file, 'abcdef');
  await symlink(file, link);
  const from = (path: string, length: number): BundlePayload => ({
    member: `payload/0/${length}`,
    parts: [
      { in: 'memory', bytes: Buffer.from('12') },
      { in: 'file', path, offset: 2, length },
    ],
  });
  const [member] = await writePayloads(directory, [from(file, 3)]);
  expect(member).toMatchObject({ size: 5 });
  expect(await codeOf(writePayloads(directory, [from(link, 2)]))).toBe('image-unreadable');
  expect(await codeOf(writePayloads(directory, [from(file, 5)]))).toBe('image-truncated');
});
