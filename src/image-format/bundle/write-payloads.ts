import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Payload } from '../criu/image-set.js';
import { digestBytes, digestFile } from './digest.js';
import type { Member } from './manifest.js';

/** Bytes copied at a time from a file: an unlinked file can be large. */
const CHUNK = 1024 * 1024;

/** A member that the document refers to: its parts, one after the other. */
export interface BundlePayload {
  readonly member: string;
  readonly parts: readonly Payload[];
}

/** Writes the members that the document refers to, not synced yet, and gives their rows for the manifest. */
export async function writePayloads(bundle: string, payloads: readonly BundlePayload[]): Promise<Member[]> {
  const members: Member[] = [];
  for (const { member, parts } of payloads) {
    const path = join(bundle, member);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      for (const part of parts) await append(file, part);
    } finally {
      await file.close();
    }
    const size = parts.reduce(
      (sum, part) => sum + (part.in === 'memory' ? part.bytes.length : part.length),
      0,
    );
    const [only, ...more] = parts;
    const digest =
      only?.in === 'memory' && more.length === 0 ? digestBytes(only.bytes) : await digestFile(path, size, 2);
    members.push({ path: member, size, digest });
  }
  return members;
}

async function append(to: FileHandle, part: Payload): Promise<void> {
  if (part.in === 'memory') {
    await to.write(part.bytes);
    return;
  }
  const from = await open(part.path, 'r');
  try {
    const buffer = new Uint8Array(Math.min(CHUNK, part.length));
    for (let done = 0; done < part.length; ) {
      const { bytesRead } = await from.read(
        buffer,
        0,
        Math.min(CHUNK, part.length - done),
        part.offset + done,
      );
      if (bytesRead === 0) throw new RangeError(`${part.path} ends ${part.length - done} bytes early`);
      await to.write(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
  } finally {
    await from.close();
  }
}
