/** Members of a bundle that is only in memory. */
import { readFileSync } from 'node:fs';
import type { BundlePayload } from '../../src/image-format/bundle/write-payloads.js';
import type { Payload } from '../../src/image-format/criu/image-set.js';

/** Finds a member among the payloads that a lift gave. */
export function membersOf(payloads: readonly BundlePayload[]): (member: string) => Payload {
  const members = new Map(payloads.map(({ member, parts }) => [member, Buffer.concat(parts.map(bytesOf))]));
  return member => {
    const bytes = members.get(member);
    if (bytes === undefined) throw new Error(`the document has no member ${member}`);
    return { in: 'memory', bytes };
  };
}

export function bytesOf(payload: Payload): Uint8Array {
  if (payload.in === 'memory') return payload.bytes;
  return readFileSync(payload.path).subarray(payload.offset, payload.offset + payload.length);
}
