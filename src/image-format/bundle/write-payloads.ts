import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { lengthOf, type Payload } from '../criu/image-set.js';
import { piecesOf } from '../criu/payload-bytes.js';
import { digestBytes, digestFile } from './digest.js';
import { makeFolders } from './make-folders.js';
import type { Member } from './manifest.js';

/** A member of the bundle that its document refers to: its parts, one after the other. */
export interface BundlePayload {
  readonly member: string;
  readonly parts: readonly Payload[];
}

/** Writes the members that the document refers to, not synced yet, and gives their rows for the manifest. */
export async function writePayloads(bundle: string, payloads: readonly BundlePayload[]): Promise<Member[]> {
  const members: Member[] = [];
  for (const { member, parts } of payloads) {
    const path = join(bundle, member);
    await makeFolders(bundle, member);
    const file = await open(path, 'wx', 0o600);
    try {
      // Unlike write(), this goes on where a disk that is nearly full took a part only. Digests of pages go on beside it.
      for (const part of parts) for (const piece of piecesOf(part)) await file.writeFile(piece);
    } finally {
      await file.close();
    }
    const size = parts.reduce((sum, part) => sum + lengthOf(part), 0);
    const [only, ...more] = parts;
    const digest =
      only?.in === 'memory' && more.length === 0 ? digestBytes(only.bytes) : await digestFile(path, size, 2);
    members.push({ path: member, size, digest });
  }
  return members;
}
