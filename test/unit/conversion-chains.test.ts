/** Real images over several releases and back, each time through a document, as `ckpt convert` does it again and again. */
import { describe, expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import {
  CRIU_VERSIONS,
  type CriuVersion,
  everyImage,
  type ImageSet,
} from '../../src/image-format/criu/image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import { membersOf } from '../support/members.js';
import { imageSets, readSet, versionOf } from './converters-images.js';

/** Images as another release has them. */
function converted(set: ImageSet, from: CriuVersion, to: CriuVersion): ImageSet {
  const { tree, payloads } = liftTree(set, { label: '0', criu: from });
  const { images } = lowerTree(tree, { target: { criu: to }, payload: membersOf(payloads) });
  return { images: [...everyImage(images)], pages: set.pages };
}

function over(set: ImageSet, from: CriuVersion, ...stops: readonly CriuVersion[]): ImageSet {
  let [current, release] = [set, from];
  for (const stop of stops) [current, release] = [converted(current, release, stop), stop];
  return current;
}

/** The bytes of each image. */
function bytes({ images }: ImageSet, release: CriuVersion): ReadonlyMap<string, string> {
  return new Map(
    [...images]
      .sort((a, b) => (a.file < b.file ? -1 : 1))
      .map(image => [image.file, Buffer.from(serialiseImage(image, release)).toString('hex')]),
  );
}

const age = (release: CriuVersion): number => CRIU_VERSIONS.indexOf(release);

/** A dump of each kind at both ends is enough: those between differ in less. */
const telling = imageSets.filter(name => /\/(everything|rare|cgroups|kernel-objects)$/.test(name));

describe.each(telling)('%s', name => {
  const set = readSet(name);
  const own = versionOf(name) as CriuVersion;
  const newer = CRIU_VERSIONS.filter(release => age(release) > age(own));
  const older = CRIU_VERSIONS.filter(release => age(release) < age(own)).reverse();

  if (newer.length > 0) {
    test('comes back from each newer release as it was', () => {
      for (const release of newer) {
        expect(bytes(over(set, own, release, own), own), release).toEqual(bytes(set, own));
      }
    });

    test('comes back as it was over all newer ones, up and down', () => {
      const down = [...newer].reverse();
      expect(bytes(over(set, own, ...newer, ...down, own), own)).toEqual(bytes(set, own));
    });
  }

  if (older.length > 0) {
    test('is the same for each older release by way of all between as directly', () => {
      let [step, from] = [set, own];
      for (const release of older) {
        [step, from] = [converted(step, from, release), release];
        expect(bytes(step, release), release).toEqual(bytes(over(set, own, release), release));
      }
    });

    test('loses to each older release once: there and back and there again is the same', () => {
      for (const release of older) {
        const there = over(set, own, release);
        expect(bytes(over(there, release, own, release), release), release).toEqual(bytes(there, release));
      }
    });
  }
});
