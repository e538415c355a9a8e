/** Images of one CRIU for another, and images of plain CRIU as bundles: with the programs themselves. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseImage } from '../../src/image-format/criu/read-image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import { numbersFree, rawDump, rawRestore } from './raw-criu.js';
import { alive, cannotFreeze, ckpt, folder, owned, startCounter, until } from './support.js';

const why = cannotFreeze === undefined ? '' : ` (not here: ${cannotFreeze})`;

/** Every file of a directory, by its digest, size, mode and time: what must not change. */
function fingerprint(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory)
      .sort()
      .map(name => {
        const { size, mode, mtimeMs } = lstatSync(join(directory, name));
        const digest = createHash('sha256')
          .update(readFileSync(join(directory, name)))
          .digest('hex');
        return [name, `${digest} ${size} ${mode} ${mtimeMs}`];
      }),
  );
}

/** What CRIU writes with --allow-uprobes where it found a probe. */
function sayUprobesAllowed(path: string): void {
  const image = parseImage('inventory.img', readFileSync(path));
  if (image.form !== 'records') throw new Error('an inventory is made of records');
  const records = image.records.map(record => ({
    ...record,
    message: { ...record.message, allow_uprobes: true },
  }));
  writeFileSync(path, serialiseImage({ ...image, records }));
}

/** Waits until a counter counts on from where it stood, and neither more nor less. */
async function countsOn(count: () => number, from: number): Promise<void> {
  await until(`the count to go on from ${from}`, () => count() > from + 3, 30_000);
}

describe.skipIf(cannotFreeze !== undefined)(`between releases of CRIU${why}`, () => {
  for (const writer of ['4.2.1', '4.3'] as const) {
    test(`images of ${writer}, which 4.1.1 cannot restore, are restored by it once converted`, async () => {
      const { pid, count } = await startCounter();
      const { images, pids } = await rawDump(writer, pid);
      const stood = count();
      const raw = await rawRestore('4.1.1', images, pids);
      expect(raw.status, 'plain 4.1.1 must fail, or this proves nothing').not.toBe(0);
      expect(raw.errors).toContain('vdso');

      const before = fingerprint(images);
      const target = join(await folder(), 'converted');
      const converted = await ckpt(['convert', images, target, '--to', 'criu:4.1.1', '--json']);
      expect(converted.stderr).toBe('');
      expect(JSON.parse(converted.stdout)).toMatchObject({
        kind: 'convert',
        written: true,
        recognised: { criu: writer },
        pages: { copied: 0 },
      });
      expect(fingerprint(images)).toEqual(before);

      expect(await rawRestore('4.1.1', target, pids)).toMatchObject({ status: 0 });
      expect(alive(pid)).toBe(true);
      await countsOn(count, stood);
    });
  }
});

describe.skipIf(cannotFreeze !== undefined)(`images of plain CRIU${why}`, () => {
  test('become a bundle that is whole and can be thawed, and stay as they were', async () => {
    const store = await folder();
    const { pid, count } = await startCounter();
    const { images, pids } = await rawDump('4.2.1', pid);
    const stood = count();
    const before = fingerprint(images);

    const imported = await ckpt(['import', images, '--name', 'old', '--store', store, '--json']);
    expect(imported).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(imported.stdout)).toMatchObject({
      kind: 'import',
      recognised: { criu: '4.2.1', sure: 'certain' },
      trees: [{ root: pid, processes: 2 }],
    });
    expect(fingerprint(images)).toEqual(before);
    const verified = await ckpt(['verify', 'old', '--store', store, '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ bundles: [{ name: 'old', undigested: [] }] });

    await numbersFree(pids);
    const thawed = await ckpt(['thaw', 'old', '--store', store]);
    expect(thawed).toMatchObject({ status: 0 });
    owned(pid);
    await countsOn(count, stood);
    expect(fingerprint(images)).toEqual(before);
  });

  test('that were made with uprobes allowed can be thawed', async () => {
    const store = await folder();
    const { pid, count } = await startCounter();
    const { images, pids } = await rawDump('4.2.1', pid);
    const stood = count();
    sayUprobesAllowed(join(images, 'inventory.img'));
    const raw = await rawRestore('4.2.1', images, pids);
    expect(raw.errors, 'CRIU must ask for the option, or this proves nothing').toContain('allow-uprobes');
    expect(await ckpt(['import', images, '--name', 'old', '--store', store])).toMatchObject({ status: 0 });
    await numbersFree(pids);
    expect(await ckpt(['thaw', 'old', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    await countsOn(count, stood);
  });

  test('converted to their own release are the same, byte for byte', async () => {
    const { pid } = await startCounter();
    const { images } = await rawDump('4.2.1', pid);
    const target = join(await folder(), 'same');
    expect(await ckpt(['convert', images, target, '--to', 'criu:4.2.1'])).toMatchObject({ status: 0 });
    const contents = (directory: string) =>
      Object.fromEntries(
        readdirSync(directory).map(name => [
          name,
          createHash('sha256')
            .update(readFileSync(join(directory, name)))
            .digest('hex'),
        ]),
      );
    expect(contents(target)).toEqual(contents(images));
  });

  test('come back from a .ckpt file, and from it again as images', async () => {
    const { pid, count } = await startCounter();
    const { images, pids } = await rawDump('4.3', pid);
    const stood = count();
    const place = await folder();
    const file = join(place, 'tree.ckpt');
    expect(await ckpt(['convert', images, file, '--to', 'neutral'])).toMatchObject({ status: 0 });
    const target = join(place, 'images');
    expect(await ckpt(['convert', file, target, '--to', 'criu:4.2.1'])).toMatchObject({ status: 0 });
    expect(readdirSync(place).sort()).toEqual(['images', 'tree.ckpt']);
    expect(await rawRestore('4.2.1', target, pids)).toMatchObject({ status: 0 });
    await countsOn(count, stood);
  });
});
