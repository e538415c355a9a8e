import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { toJSONSchema } from 'zod';
import { manifestSchema } from '../../src/image-format/bundle/manifest-schema.js';
import { MOST_LISTED } from '../../src/image-format/bundle/policy-limits.js';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { writeBundle } from '../../src/image-format/bundle/write-bundle.js';
import type { BundlePayload } from '../../src/image-format/bundle/write-payloads.js';
import { writePayloads } from '../../src/image-format/bundle/write-payloads.js';
import { type Document, documentFromJson } from '../../src/image-format/neutral/index.js';
import { readDocument } from '../../src/image-format/neutral/read-document.js';
import { documentToJson } from '../../src/image-format/neutral/to-json.js';
import { bundleFiles, codeOf, documentText, folder } from './bundle-support.js';

const PAGES = 'memory/0/pages-1.img';

type Contents = Parameters<typeof writeBundle>[1];

/** Makes a bundle whose page file has `size` bytes by the manifest, and 4096 on the disk. */
async function writeWith(
  size: number,
  change: (contents: Contents) => Contents = contents => contents,
): Promise<unknown> {
  const directory = await folder();
  await mkdir(dirname(join(directory, PAGES)), { recursive: true });
  await writeFile(join(directory, PAGES), Buffer.alloc(4096));
  const { id, name, createdAt, origin, options, trees } = JSON.parse(
    String(bundleFiles().get('manifest.json')),
  );
  const contents: Contents = {
    document: documentFromJson(documentText, 'document.json'),
    payloads: [{ member: 'payload/0/pipes', parts: [{ in: 'memory', bytes: Buffer.from('unread') }] }],
    placed: [{ path: PAGES, size, digest: null }],
    manifest: { id, name, createdAt, origin, options, trees },
    history: [{ state: 'frozen', at: createdAt, kernel: '6.1.0', bootId: 'b' }],
    sign: unsigned,
  };
  return writeBundle(directory, change(contents));
}

function outcome(written: Promise<unknown>): Promise<string> {
  return written.then(
    () => 'written',
    error => error.code,
  );
}

/** A document of little text that costs much, as far as its writer looks at it. */
function costly(files: number): Document {
  return { ...JSON.parse(documentText), trees: [{ openFiles: Array.from({ length: files }, () => ({})) }] };
}

function read(document: Document): Promise<string> {
  const text = Buffer.from(documentToJson(document));
  let at = 0;
  const more = (into: Uint8Array): number => {
    const length = text.copy(into, 0, at);
    at += length;
    return length;
  };
  return outcome(Promise.resolve().then(() => readDocument(more, 'document.json')));
}

it('writes no document that nobody could read again', { timeout: 120_000 }, async () => {
  const [fits, exceeds] = [costly(900_000), costly(930_000)];
  expect([
    await outcome(writeWith(4096, contents => ({ ...contents, document: fits }))),
    await read(fits),
  ]).toEqual(['written', 'written']);
  expect([
    await outcome(writeWith(4096, contents => ({ ...contents, document: exceeds }))),
    await read(exceeds),
  ]).toEqual(['bundle-too-large', 'document-excessive']);
});

it('writes no manifest that nobody could read again', async () => {
  const fifo = { path: '/run/fifo', mode: 0o600, uid: 0, gid: 0 };
  const withPolicy = (policy: NonNullable<Contents['manifest']['trees'][number]['policy']>) =>
    outcome(
      writeWith(4096, contents => {
        const { manifest } = contents;
        return {
          ...contents,
          manifest: { ...manifest, trees: manifest.trees.map(tree => ({ ...tree, policy })) },
        };
      }),
    );
  expect(await withPolicy({ closedSockets: Array.from({ length: 500 }, (_, at) => at + 1) })).toBe('written');
  expect(await withPolicy({ closedSockets: Array.from({ length: 501 }, (_, at) => at + 1) })).toBe(
    'bundle-too-large',
  );
  expect(await withPolicy({ fifos: Array.from({ length: 99_999 }, () => fifo) })).toBe('bundle-too-large');
});

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

it('keeps to every limit that who reads a manifest has for a list in the policy of a tree', () => {
  const { properties } = toJSONSchema(manifestSchema.shape.trees.element.shape.policy.unwrap());
  const limits = Object.entries(properties ?? {}).flatMap(([name, list]) =>
    typeof list === 'object' && list.type === 'array' ? [[name, list.maxItems]] : [],
  );
  expect(limits.length).toBeGreaterThan(5);
  expect(Object.fromEntries(limits)).toEqual(MOST_LISTED);
});
