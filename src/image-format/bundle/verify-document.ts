import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../errors.js';
import { type Document, documentFrom } from '../neutral/index.js';
import { pagesExpected } from '../neutral/pages-expected.js';
import { digestInPieces } from './digest-pieces.js';
import { DOCUMENT, MAX_DOCUMENT } from './layout.js';
import type { Bundle } from './open-bundle.js';
import { type VerifyReport, verifyDigests, verifyLayout } from './verify.js';

/**
 * Reads the document of a bundle that may be hostile: layout and sizes first, then the digests of everything that is
 * parsed or handed on, then the schema, then the counts of pages. The contents of pages are not read here.
 */
export async function readVerifiedDocument(bundle: Bundle): Promise<Document> {
  await verifyLayout(bundle);
  refuseExcessive(bundle);
  const small = bundle.manifest.members.filter(member => !member.path.startsWith('memory/'));
  for (const { path, size, digest } of small) await verifyDigest(bundle, path, size, digest);
  const document = readDocumentMember(bundle);
  verifyPageCounts(bundle, document);
  return document;
}

/** One after the other and in pieces: whoever reads a document has better use for the memory. */
async function verifyDigest(
  bundle: Bundle,
  member: string,
  size: number,
  expected: string | null,
): Promise<void> {
  if (expected === null) return;
  const damaged = (cause?: unknown) =>
    fail('bundle-member-damaged', { bundle: bundle.name, member }, { cause });
  const digest = await digestInPieces(join(bundle.path, member), size).catch(cause => {
    throw damaged(cause);
  });
  if (digest !== expected) throw damaged();
}

function readDocumentMember(bundle: Bundle): Document {
  const file = openSync(join(bundle.path, DOCUMENT), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return documentFrom(into => readSync(file, into), `${bundle.name}/${DOCUMENT}`);
  } finally {
    closeSync(file);
  }
}

/** The layout holds by now, so the size in the manifest is that of the file. */
function refuseExcessive(bundle: Bundle): void {
  const size = bundle.manifest.members.find(member => member.path === DOCUMENT)?.size;
  const facts = { bundle: bundle.name, member: DOCUMENT };
  if (size === undefined) throw fail('bundle-member-missing', facts);
  if (size <= MAX_DOCUMENT) return;
  throw fail('bundle-member-size', { ...facts, actual: size, expected: `at most ${MAX_DOCUMENT}` });
}

/** Everything that can be checked about a bundle: layout, document, page counts, and every digest. */
export async function verifyBundle(bundle: Bundle, onBytes?: (bytes: number) => void): Promise<VerifyReport> {
  await readVerifiedDocument(bundle);
  return verifyDigests(bundle, onBytes ? { onBytes } : {});
}

/** Throws `bundle-pages-mismatch` when a page member has not the size that the document counts. */
function verifyPageCounts(bundle: Bundle, document: Document): void {
  const sizes = new Map(bundle.manifest.members.map(member => [member.path, member.size]));
  for (const tree of document.trees) {
    for (const [member, expected] of pagesExpected(tree)) {
      const actual = sizes.get(member);
      if (actual === undefined) throw fail('bundle-member-missing', { bundle: bundle.name, member });
      if (actual !== expected) {
        throw fail('bundle-pages-mismatch', { bundle: bundle.name, member, actual, expected });
      }
    }
  }
}
