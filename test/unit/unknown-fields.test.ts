/** Fields of a CRIU that is newer than all known ones, or not the usual one. */
import { expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import type { Image, WireMessage } from '../../src/image-format/criu/image-set.js';
import { membersOf } from '../support/members.js';
import { readSet } from './converters-images.js';

/** What field 77, a varint of 1, is on the wire. */
const raw = new Uint8Array([0xe8, 0x04, 0x01]);

/** Puts it into the first message of some images, and deeper in core images. */
function withUnknown(image: Image): Image {
  if (image.form !== 'records' || (image.kind !== 'core' && image.kind !== 'inventory')) return image;
  const records = image.records.map(record => {
    const { message } = record;
    if (image.kind === 'inventory') return { ...record, message: { ...message, '#77': raw } };
    const tc = message.tc as WireMessage | undefined;
    return tc === undefined ? record : { ...record, message: { ...message, tc: { ...tc, '#77': raw } } };
  });
  return { ...image, records };
}

const set = readSet('4.3/kernel-objects');
const { tree, payloads } = liftTree(
  { ...set, images: set.images.map(withUnknown) },
  { label: '0', criu: '4.4' },
);
const lossesFor = (criu: string) =>
  lowerTree(tree, { target: { criu }, payload: membersOf(payloads) }).losses;

test('fields that no known CRIU has are named on the way to another CRIU', () => {
  for (const criu of ['4.3', '4.1.1', '4.5']) {
    const found = lossesFor(criu).filter(({ field }) => field.endsWith('#77'));
    expect(new Set(found.map(({ field }) => field))).toEqual(new Set(['core.tc.#77', 'inventory.#77']));
    expect(found.every(({ severity }) => severity === 'degrading')).toBe(true);
  }
});

test('the CRIU that wrote them reads them', () => {
  expect(lossesFor('4.4')).toEqual([]);
});
