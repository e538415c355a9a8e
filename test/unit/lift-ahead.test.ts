import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { LiftAhead } from '../../src/checkpoint/fill/lift-ahead.js';
import { liftTree, type MemoryLifter } from '../../src/converters/index.js';
import { everyImage } from '../../src/image-format/criu/image-set.js';
import { LARGE_KINDS } from '../../src/image-format/criu/kinds.js';
import { scanImageSet } from '../../src/image-format/criu/read-image-set.js';
import { writeDocument } from '../../src/image-format/neutral/to-json.js';
import { directoryOf, imageSets, versionOf } from './converters-images.js';

/** The tree as its document would be written, and its payloads. */
function lifted(directory: string, name: string, lifter?: MemoryLifter): string {
  const options = { label: '0', criu: versionOf(name), lifter };
  const { tree, payloads } = liftTree(scanImageSet(directory), options);
  const parts: Uint8Array[] = [];
  writeDocument({ trees: [tree] }, bytes => parts.push(Uint8Array.from(bytes)));
  return Buffer.concat(parts).toString() + payloads.map(({ member }) => member).join();
}

const isLarge = (file: string): boolean => /^(mm|pagemap|pagemap-shmem)-\d+\.img$/.test(file);
const folder = mkdtempSync(join(tmpdir(), 'ckpt-ahead-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('images of address spaces lifted before the rest', () => {
  test.each(imageSets)('give the document that they give with the rest: %s', name => {
    const directory = directoryOf(name);
    const { lifter } = new LiftAhead(directory, '0', versionOf(name));
    // in another order than the lift itself takes them
    for (const image of [...everyImage(scanImageSet(directory))].reverse())
      if (image.form === 'records' && LARGE_KINDS.has(image.kind)) lifter.liftAhead(image);
    expect(lifted(directory, name, lifter)).toBe(lifted(directory, name));
  });

  test('are lifted again where they were not all there, and only there', async () => {
    const name = imageSets.find(one => one.startsWith('4.2.1/')) ?? '';
    const from = directoryOf(name);
    const directory = mkdtempSync(join(folder, 'images-'));
    const files = readdirSync(from).map(file => [file, readFileSync(join(from, file))] as const);
    const [grows = ''] = files.map(([file]) => file).filter(file => file.startsWith('pagemap-'));
    for (const [file, bytes] of files)
      writeFileSync(join(directory, file), file === grows ? bytes.subarray(0, bytes.length / 2) : bytes);
    const ahead = new LiftAhead(directory, '0', versionOf(name));
    const forgotten = vi.spyOn(ahead.lifter, 'forget');
    const taken = vi.spyOn(ahead.lifter, 'liftAhead');
    ahead.start();
    const wanted = files.filter(([file]) => isLarge(file) && file !== grows).length;
    for (let at = 0; at < 200 && taken.mock.calls.length < wanted; at++) await sleep(20);
    await sleep(200);
    const [, whole] = files.find(([file]) => file === grows) ?? [];
    appendFileSync(join(directory, grows), whole?.subarray(whole.length / 2) ?? '');
    ahead.stop();
    const seen = taken.mock.calls.map(([{ file }]) => file);
    expect(new Set(seen.filter(file => file !== grows))).toEqual(
      new Set(files.map(([file]) => file).filter(file => isLarge(file) && file !== grows)),
    );
    expect(seen.length).toBe(new Set(seen).size);
    expect(forgotten.mock.calls).toEqual([[grows]]);
    expect(lifted(directory, name, ahead.lifter)).toBe(lifted(from, name));
  });
});
