import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors.js';
import { lookAt } from '../look-at.js';
import { digestFile } from './digest.js';
import { FROZEN, MANIFEST, STATE } from './layout.js';
import type { Member } from './manifest.js';
import type { Bundle } from './open-bundle.js';

/** What a verification found right. `undigested` members have the right size but no digest to compare. */
export interface VerifyReport {
  readonly members: number;
  readonly bytes: number;
  readonly undigested: readonly string[];
}

/**
 * Checks that the members are exactly those of the manifest, plain files of the right size. Throws `bundle-member-*`.
 * Reads no contents, so it costs the same for any amount of memory.
 */
export async function verifyLayout(bundle: Bundle): Promise<void> {
  const listed = new Map(bundle.manifest.members.map(member => [member.path, member]));
  if (listed.size !== bundle.manifest.members.length) {
    throw fail('bundle-manifest-invalid', { bundle: bundle.name, problem: 'a member is listed twice' });
  }
  for (const path of await filesBelow(bundle.path, bundle.name)) {
    if ([MANIFEST, STATE, FROZEN].includes(path)) continue;
    if (!listed.has(path)) throw fail('bundle-member-extra', { bundle: bundle.name, member: path });
  }
  for (const member of listed.values()) await verifySize(bundle, member);
}

/** Compares the digests of the given members (all by default). Throws `bundle-member-damaged`. */
export async function verifyDigests(
  bundle: Bundle,
  options: {
    readonly members?: readonly Member[];
    readonly lanes?: number;
    readonly onBytes?: (bytes: number) => void;
  } = {},
): Promise<VerifyReport> {
  const members = options.members ?? bundle.manifest.members;
  const lanes = options.lanes ?? 2;
  const waiting = members.filter(member => member.digest !== null);
  const next = async (): Promise<void> => {
    for (let member = waiting.shift(); member; member = waiting.shift()) {
      const { path, size } = member;
      const whole = digestFile(join(bundle.path, path), size, lanes, options.onBytes);
      const digest = await whole.catch(cause => {
        throw fail('bundle-member-damaged', { bundle: bundle.name, member: path }, { cause });
      });
      if (digest !== member.digest)
        throw fail('bundle-member-damaged', { bundle: bundle.name, member: path });
    }
  };
  await Promise.all(Array.from({ length: lanes }, next));
  return {
    members: members.length,
    bytes: members.reduce((sum, member) => sum + member.size, 0),
    undigested: members.filter(member => member.digest === null).map(member => member.path),
  };
}

async function verifySize(bundle: Bundle, member: Member): Promise<void> {
  const there = await lookAt(join(bundle.path, member.path));
  const facts = { bundle: bundle.name, member: member.path };
  if (!there) throw fail('bundle-member-missing', facts);
  if (there.size !== member.size) {
    throw fail('bundle-member-size', { ...facts, actual: there.size, expected: member.size });
  }
}

/** Paths of all files, relative; throws on anything that is neither a plain file nor a directory. */
async function filesBelow(root: string, bundle: string, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      if (below.includes('/')) throw fail('bundle-member-extra', { bundle, member: path });
      found.push(...(await filesBelow(root, bundle, path)));
    } else if (entry.isFile()) found.push(path);
    else throw fail('bundle-member-kind', { bundle, member: path, kind: 'a link or a special file' });
  }
  return found;
}
