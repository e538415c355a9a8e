/** Image sets that the converters' tests work on: real dumps of four CRIU releases, without their pages. */
import { readdirSync } from 'node:fs';
import {
  everyImage,
  type Image,
  type ImageSet,
  type RecordsImage,
  type ScannedImageSet,
  type WireMessage,
} from '../../src/image-format/criu/image-set.js';
import { readImageSet } from '../../src/image-format/criu/read-image-set.js';

const directory = new URL('../golden/criu/', import.meta.url);

/** Names of the sets: `<criu version>/<program>`. */
export const imageSets: readonly string[] = readdirSync(directory)
  .filter(version => /^[\d.]+$/.test(version))
  .flatMap(version => readdirSync(new URL(version, directory)).map(program => `${version}/${program}`))
  .sort();

export function versionOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

export function directoryOf(name: string): string {
  return new URL(`${name}/`, directory).pathname;
}

export function readSet(name: string): ImageSet {
  return readImageSet(directoryOf(name));
}

/** Every image of a set, by name, the deferred ones read. */
export function allOf(set: ScannedImageSet): Image[] {
  return [...everyImage(set)].sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** An image of records, each of one message. */
export function imageOf(file: string, kind: string, ...messages: readonly WireMessage[]): RecordsImage {
  return { file, kind, form: 'records', records: messages.map(message => ({ message })) };
}
