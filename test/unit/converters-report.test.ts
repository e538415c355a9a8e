import { describe, expect, test } from 'vitest';
import { liftTree } from '../../src/converters/index.js';
import { neutralityReport } from '../../src/converters/report.js';
import type { Image, ImageSet } from '../../src/image-format/criu/image-set.js';
import { wordless } from '../../vm-tests/scenarios/neutrality.js';
import { imageSets, readSet, versionOf } from './converters-images.js';

function reportOf(set: ImageSet, criu: string) {
  return neutralityReport(set.images, residueOf(set, criu));
}

function residueOf(set: ImageSet, criu: string) {
  return liftTree(set, { label: '0', criu }).tree.residue;
}

describe.each(imageSets)('%s', name => {
  const set = readSet(name);

  test('nothing that a process could notice is residue', () => {
    expect(wordless(set.images, residueOf(set, versionOf(name)))).toEqual([]);
  });

  test('more than 95% of the fields have words', () => {
    const report = reportOf(set, versionOf(name));
    expect(report.fields).toBeGreaterThan(100);
    expect(report.modelled / report.fields).toBeGreaterThan(0.95);
  });
});

test('what has no words is counted as residue, by name', () => {
  const set = readSet('4.3/sysv-ipc');
  const known = reportOf(set, '4.3');
  const images = set.images.map((image): Image => {
    if (image.kind !== 'fs' || image.form !== 'records') return image;
    const records = image.records.map(record => ({
      ...record,
      message: { ...record.message, '#77': new Uint8Array([0xe8, 0x04, 0x01]) },
    }));
    return { ...image, records };
  });
  // CRIU keeps interval timers in core images since 1.3
  const old: Image = {
    file: 'itimers-5.img',
    kind: 'itimers',
    form: 'records',
    records: [{ message: { isec: 1n, iusec: 0n, vsec: 0n, vusec: 5n } }],
  };
  const report = reportOf({ ...set, images: [...images, old] }, '4.3');
  expect(report.modelled).toBe(known.modelled);
  expect(report.fields).toBe(known.fields + 5);
  expect(report.kinds.find(({ kind }) => kind === 'fs')?.residue).toMatchObject([{ field: '#77' }]);
  expect(report.kinds.find(({ kind }) => kind === 'itimers')?.residue).toHaveLength(4);
});
