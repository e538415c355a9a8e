/** Image sets that the converters' tests work on: real dumps of four CRIU releases, without their pages. */
import { readdirSync, readFileSync } from 'node:fs';
import type { BundlePayload } from '../../src/image-format/bundle/write-payloads.js';
import {
  everyImage,
  type Image,
  type ImageSet,
  type Payload,
  type ScannedImageSet,
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

/** Members of a bundle in memory, as the lift gave them. */
export function membersOf(payloads: readonly BundlePayload[]): (member: string) => Payload {
  const members = new Map(payloads.map(({ member, parts }) => [member, Buffer.concat(parts.map(bytesOf))]));
  return member => {
    const bytes = members.get(member);
    if (bytes === undefined) throw new Error(`no member ${member}`);
    return { in: 'memory', bytes };
  };
}

export function bytesOf(payload: Payload): Uint8Array {
  if (payload.in === 'memory') return payload.bytes;
  return readFileSync(payload.path).subarray(payload.offset, payload.offset + payload.length);
}
