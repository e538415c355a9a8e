/** `ckpt import`, `convert` and `diff` as a person types them, on real dumps whose pages are holes. */
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { convert } from '../../src/conversion/convert.js';
import { openSource } from '../../src/conversion/source.js';
import { workOwner } from '../../src/host/work-owner.js';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { parseImage, readImageSet } from '../../src/image-format/criu/read-image-set.js';
import { serialiseImage, writeImageSet } from '../../src/image-format/criu/write-image-set.js';
import { runCli } from '../support/run-cli.js';
import { codeOf } from './bundle-support.js';
import { directoryOf } from './converters-images.js';
import { writeDump } from './fuzz-support.js';

let work = '';
let env: Record<string, string> = {};
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'ckpt-convert-'));
  env = { CKPT_STORE: join(work, 'store') };
});
afterEach(() => rmSync(work, { recursive: true }));

const place = (name: string): string => join(work, name);

function dump(name: string): string {
  mkdirSync(place('dump'));
  writeDump(name, place('dump'));
  return place('dump');
}

const ckpt = (...argv: string[]) => runCli(argv, { env });

test('an import says which CRIU it was, and how sure that is', async () => {
  const images = dump('4.1.1/sysv-ipc');
  const { status, stdout, stderr } = await ckpt('import', images, '--name', 'old');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('written by   CRIU 4.1.1 (certain');
  expect((await ckpt('verify', 'old')).stdout).toContain('old is whole');
  expect((await ckpt('import', images, '--name', 'old')).stderr).toContain(
    'already holds a bundle named old',
  );
});

test('an import knows the CRIU of its images and no machine, and takes each tree as its images have it', async () => {
  await ckpt('import', dump('4.1.1/sysv-ipc'), '--name', 'old');
  const origin = { kernel: 'unknown', architecture: 'x86_64', distribution: 'unknown', bootId: 'unknown' };
  expect((await ckpt('show', 'old', '--json')).json()).toMatchObject({
    ...{ state: 'frozen', origin: { ...origin, criu: '4.1.1' } },
    options: { tcp: 'established', shellJob: false, leftRunning: false },
  });
});

test('a loss that the processes would not survive keeps images from being made, but for a dry run, which tells it', async () => {
  const images = dump('4.3/kernel-objects');
  const to = (...words: string[]) =>
    ckpt('convert', images, place('out'), '--to', 'criu:3.17.1', '--json', ...words);
  expect((await to('--kernel', '5.10')).json()).toMatchObject({
    error: { code: 'convert-fatal', message: expect.stringContaining('CRIU 3.17.1 on 5.10') },
  });
  expect((await to()).json()).toMatchObject({
    error: { code: 'convert-fatal', message: expect.stringMatching(/CRIU 3\.17\.1(?! on)/) },
  });
  expect(readdirSync(work)).toEqual(['dump']);
  expect((await to('--dry-run')).json()).toMatchObject({
    written: false,
    pages: { reflinked: 0, linked: 0, copied: 0 },
    trees: [{ losses: expect.arrayContaining([expect.objectContaining({ severity: 'fatal' })]) }],
  });
});

test('a conversion tells each tree, and how its pages came there; the images are for their owner alone', async () => {
  const images = dump('4.2.1/sysv-ipc');
  const { trees, pages } = (
    await ckpt('convert', images, place('out'), '--to', 'criu:4.2.1', '--json')
  ).json() as { trees: unknown[]; pages: Record<string, number> };
  const report = { source: 'criu 4.2.1', losses: [], patches: [], mends: [], foreignSections: [] };
  expect(trees).toEqual([expect.objectContaining({ label: '0', ...report })]);
  const files = readdirSync(images).filter(file => file.startsWith('pages-'));
  expect(Object.values(pages).reduce((sum, count) => sum + count, 0)).toBe(files.length);
  expect(statSync(place('out')).mode & 0o777).toBe(0o700);
  expect(readdirSync(work).sort()).toEqual(['dump', 'out']);
});

test('a dry run tells what is lost in the images of memory, too, and where nothing could be written', async () => {
  const images = dump('4.3/rare');
  const report = await ckpt(
    ...['convert', images, place('out'), '--to', 'criu:3.17.1', '--dry-run', '--json'],
  );
  expect(report.json()).toMatchObject({
    trees: [
      { losses: expect.arrayContaining([expect.objectContaining({ field: 'mm_entry.thp_disabled' })]) },
    ],
  });
  const how = { store: work, scratch: work, owner: workOwner(), abort: new AbortController().signal };
  const source = await openSource(images, how);
  // Somebody has made something there since the command looked.
  writeFileSync(place('out'), '');
  const goal = { to: 'neutral' } as const;
  const common = { ...how, source, target: place('out'), goal, sign: unsigned, emit: () => {} };
  expect(await codeOf(convert({ ...common, dryRun: true, digests: false }))).toBe('convert-target-exists');
});

test('an import of no folder is refused by its path', async () => {
  writeFileSync(place('file.ckpt'), '');
  for (const name of ['nowhere', 'file.ckpt', 'file.ckpt/below'])
    expect((await ckpt('import', place(name), '--json')).json()).toMatchObject({
      error: { code: 'import-no-folder', message: `there is no folder ${place(name)}` },
    });
});

test.each(['3.17.1', '4.1.1', '4.2.1', '4.3'])(
  'a bundle of images is converted to %s, and to their own release byte for byte',
  async criu => {
    const images = dump('4.2.1/namespaces');
    await ckpt('import', images, '--name', 'it');
    const converted = await ckpt('convert', 'it', place('out'), '--to', `criu:${criu}`, '--json');
    expect(converted.json()).toMatchObject({ kind: 'convert', written: true });
    expect((await ckpt('convert', 'it', place('own'), '--to', 'criu:4.2.1')).status).toBe(0);
    for (const file of readdirSync(directoryOf('4.2.1/namespaces'))) {
      const [one, other] = [place('own'), images].map(where => readFileSync(join(where, file)));
      expect(Buffer.compare(one ?? Buffer.alloc(0), other ?? Buffer.alloc(1)), file).toBe(0);
    }
  },
);

test('images whose pages were cut short are refused, and what lies in the place of the new ones is kept', async () => {
  const images = dump('4.2.1/sysv-ipc');
  const convert = (to: string) => ckpt('convert', images, to, '--to', 'criu:4.1.1');
  mkdirSync(place('empty'));
  expect((await convert(place('empty'))).status).toBe(0);
  const again = await convert(place('empty'));
  expect(again.status).toBe(3);
  expect(again.stderr).toContain(`${place('empty')} exists already`);
  const file = join(images, readdirSync(images).find(name => name.startsWith('pages-')) ?? '');
  truncateSync(file, statSync(file).size - 4096);
  const cut = await ckpt('import', images, '--name', 'cut');
  expect(cut.status).toBe(5);
  expect(cut.stderr).toContain(file);
  expect((await ckpt('list')).stdout).toBe('');
});

test('pages are not copied, so their size does not matter', async () => {
  const images = dump('4.2.1/sysv-ipc');
  const pagemap = readImageSet(images).images.find(({ kind }) => kind === 'pagemap');
  if (pagemap?.form !== 'records') throw new Error('the dump has changed');
  // a run of 10 GiB more at the end of the map and of its pages
  const pages = 10 * 2 ** 18;
  const id = Number(pagemap.records[0]?.message.pages_id);
  const more = { message: { vaddr: 1n << 44n, compat_nr_pages: 0, flags: 4, nr_pages: BigInt(pages) } };
  writeFileSync(
    join(images, pagemap.file),
    serialiseImage({ ...pagemap, records: [...pagemap.records, more] }, '4.2.1'),
  );
  const file = join(images, `pages-${id}.img`);
  truncateSync(file, statSync(file).size + pages * 4096);

  expect(await ckpt('import', images, '--name', 'large', '--no-digests')).toMatchObject({ status: 0 });
  expect(await ckpt('convert', 'large', place('out'), '--to', 'criu:4.1.1')).toMatchObject({ status: 0 });
  expect(await ckpt('convert', 'large', place('copy'), '--to', 'neutral', '--no-digests')).toMatchObject({
    status: 0,
  });
  for (const made of [join(work, 'store/large/memory/0'), place('out'), join(work, 'copy/memory/0')]) {
    const { size, blocks } = statSync(join(made, `pages-${id}.img`));
    expect(size).toBeGreaterThan(10 * 2 ** 30);
    expect(blocks * 512, 'holes stay holes').toBeLessThan(2 ** 20);
  }
});

test('a report says what is modelled, and a dry run writes nothing', async () => {
  const images = dump('4.3/everything');
  const { stdout, status } = await ckpt(
    'convert',
    images,
    place('out'),
    '--to',
    'criu:3.17.1',
    '--report',
    '--dry-run',
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/modelled {5}\d+ of \d+ fields present/);
  expect(stdout).toContain('nothing was written');
  expect(readdirSync(work).sort()).toEqual(['dump']);
});

test('what cannot be done is refused by name', async () => {
  const images = dump('4.2.1/sysv-ipc');
  const said = async (...argv: string[]): Promise<string> => {
    const { status, stderr } = await ckpt(...argv);
    expect(status).not.toBe(0);
    expect(status).not.toBe(1);
    return stderr;
  };
  mkdirSync(place('full'));
  writeFileSync(place('full/x'), '');
  expect(await said('convert', images, place('full'), '--to', 'neutral')).toContain('exists already');
  const packed = place('dump.ckpt');
  expect((await ckpt('convert', images, packed, '--to', 'neutral')).status).toBe(0);
  for (const source of [images, packed])
    for (const [out, to] of [
      ['out', 'criu:4.3'],
      ['out', 'neutral'],
      ['out.ckpt', 'neutral'],
    ] as const)
      expect(await said('convert', source, place(`none/${out}`), '--to', to), `${source} ${to}`).toContain(
        `${place(`none/${out}`)} cannot be written`,
      );
  expect(await said('convert', place('full'), place('out'), '--to', 'neutral')).toContain(
    'neither a bundle nor',
  );
  expect(await said('convert', 'nothing', place('out'), '--to', 'neutral')).toContain('there is no nothing');
  expect(await said('convert', images, place('out'), '--to', 'neutral:99')).toContain('from 1 to 2');
  expect(await said('convert', images, place('out'), '--to', 'neutral:0')).toContain('from 1 to 2');
  expect(await said('convert', images, place('out'), '--to', 'criu:1.0')).toContain('from 3.17.1 on');
  expect(await said('convert', images, place('out'), '--to', 'criu:4.3', '--kernel', 'foo')).toContain(
    '--kernel cannot be "foo"',
  );
  expect(await said('convert', images, place('out'), '--to', 'criu:new')).toContain('--to cannot be');
  rmSync(join(images, 'pages-1.img'));
  expect(await said('import', images)).toContain('cut short');
});

test('a CRIU that is newer than the known ones is warned of', async () => {
  const images = dump('4.2.1/sysv-ipc');
  const to = async (criu: string) =>
    ckpt('convert', images, place('out'), '--to', `criu:${criu}`, '--dry-run');
  expect((await to('99.9')).stderr).toContain('CRIU 99.9 is newer');
  expect((await to('4.3')).stderr).toBe('');
});

/** Sets the flags (PE_* of criu/include/pagemap.h) of one run of pages in a dump. */
function flagPages(images: string, flags: number): void {
  const file = readdirSync(images).find(name => /^pagemap-\d+/.test(name)) ?? '';
  const image = parseImage(file, readFileSync(join(images, file)));
  if (image.form !== 'records') throw new Error('a page map is made of records');
  const records = image.records.map((record, at) =>
    at === 1 ? { ...record, message: { ...record.message, flags } } : record,
  );
  rmSync(join(images, file));
  writeImageSet(images, { images: [{ ...image, records }], pages: [] });
}

test('a dump whose pages lie in an earlier one is refused, one that only links there is not', async () => {
  const images = dump('4.2.1/sysv-ipc');
  symlinkSync('../before', join(images, 'parent'));
  expect((await ckpt('import', images, '--name', 'whole')).status).toBe(0);
  flagPages(images, 1);
  const { status, stderr } = await ckpt('import', images, '--name', 'part');
  expect(status).toBe(3);
  expect(stderr).toContain('lie in an earlier dump (../before)');
});

test('a dump whose pages stayed with a server of pages (--lazy-pages) is refused', async () => {
  const images = dump('4.2.1/sysv-ipc');
  flagPages(images, 2);
  expect((await ckpt('import', images, '--name', 'part', '--json')).json()).toMatchObject({
    error: { code: 'import-lazy' },
  });
});

test('a bundle and the images that it was made of do not differ', async () => {
  const images = dump('4.2.1/everything');
  await ckpt('import', images, '--name', 'it');
  expect((await ckpt('diff', 'it', images)).stdout).toContain('no difference');
  expect((await ckpt('diff', 'it', images, '--json')).json()).toMatchObject({
    kind: 'diff',
    same: true,
    processes: [],
  });
});

test('what was written to is a difference: memory of one process, mappings that several share, memory files', async () => {
  const images = dump('4.2.1/everything');
  cpSync(images, place('later'), { recursive: true });
  const files = readdirSync(images).filter(file => file.startsWith('pages-'));
  for (const name of files) {
    const file = openSync(join(place('later'), name), 'r+');
    writeSync(file, 'x', 0);
    closeSync(file);
  }
  const diff = (await ckpt('diff', images, place('later'), '--json')).json();
  const pages = files.map(() => expect.objectContaining({ changed: 1, added: 0, removed: 0, unknown: 0 }));
  expect(diff).toMatchObject({ same: false, processes: [], pages });
});

test('a file that is no bundle leaves nothing beside the target', async () => {
  writeFileSync(place('broken.ckpt'), 'no archive');
  const { stderr } = await ckpt('convert', place('broken.ckpt'), place('out'), '--to', 'criu:4.2.1');
  expect(stderr).toContain('broken.ckpt');
  expect(readdirSync(work)).toEqual(['broken.ckpt']);
});

test('images for this host are mended as a thaw mends them, and those for a release are not', async () => {
  const images = dump('4.3/everything');
  const stream = readImageSet(images).images.find(({ kind }) => kind === 'tcp-stream');
  if (stream?.form !== 'records') throw new Error('the dump has changed');
  // a connection whose peer agreed to no window scaling
  const [record] = stream.records;
  const message = { ...record?.message, opt_mask: 1 };
  const unscaled = { ...stream, records: [{ ...record, message }] };
  writeFileSync(join(images, stream.file), serialiseImage(unscaled, '4.3'));
  const criu = place('criu');
  writeFileSync(criu, '#!/bin/sh\necho "Version: 4.3"\n', { mode: 0o755 });
  const here = await ckpt('convert', images, place('here'), '--to', 'this-host', '--criu', criu, '--json');
  expect(here.json()).toMatchObject({ trees: [{ mends: [{ name: 'unscaled-window' }] }] });
  expect((await ckpt('convert', images, place('release'), '--to', 'criu:4.3')).status).toBe(0);
  const maskIn = (where: string): unknown => {
    const image = parseImage(stream.file, readFileSync(join(place(where), stream.file)));
    return image.form === 'records' ? image.records[0]?.message.opt_mask : undefined;
  };
  expect([maskIn('here'), maskIn('release')]).toEqual([5, 1]);
});
