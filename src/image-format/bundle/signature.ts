import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fail, messageOf } from '../../errors.js';
import type { Manifest } from './manifest.js';
import { readKeyFile } from './read-key-file.js';

/** Puts a signature into a manifest; without a key it gives the manifest back as it is. */
export type Signer = (manifest: Manifest) => Manifest;

export const unsigned: Signer = manifest => manifest;

/**
 * Signs with the Ed25519 private key in a PEM file (`openssl genpkey -algorithm ed25519`). The manifest holds the digest
 * of every other member, so its signature covers them all but `state.json`.
 * Throws `key-unusable` at once, before anything is begun.
 */
export function signerWith(file: string | undefined): Signer {
  if (file === undefined || file === '') return unsigned;
  const key = readKey(file, 'private', createPrivateKey);
  return manifest => {
    const { signature: _, ...rest } = manifest;
    const value = sign(null, signedBytes(rest), key).toString('base64');
    return { ...rest, signature: { algorithm: 'ed25519', value } };
  };
}

/**
 * Throws unless the manifest was signed by the owner of the public key in a PEM file, and names a digest of every member:
 * `bundle-unsigned`, `bundle-signature-wrong`, `bundle-pages-unsigned`; `key-unusable`. Nothing is asked without a file.
 */
export function requireSignature(bundle: string, manifest: Manifest, file: string | undefined): void {
  if (file === undefined || file === '') return;
  const key = readKey(file, 'public', createPublicKey);
  const { signature, ...rest } = manifest;
  if (signature === undefined) throw fail('bundle-unsigned', { bundle, file });
  if (!verify(null, signedBytes(rest), key, Buffer.from(signature.value, 'base64'))) {
    throw fail('bundle-signature-wrong', { bundle, file });
  }
  const undigested = manifest.members.find(member => member.digest === null);
  if (undigested) throw fail('bundle-pages-unsigned', { bundle, member: undigested.path });
}

/** The same bytes for the same contents, whatever the order in which a reader or a writer has the fields. */
function signedBytes(manifest: Omit<Manifest, 'signature'>): Buffer {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return Buffer.from(JSON.stringify(manifest, sorted));
}

function readKey(file: string, kind: 'private' | 'public', make: (pem: Buffer) => KeyObject): KeyObject {
  try {
    const key = make(readKeyFile(file));
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new TypeError(`it is of the type ${key.asymmetricKeyType}`);
  } catch (cause) {
    throw fail('key-unusable', { file, kind, problem: problemWith(cause, kind) }, { cause });
  }
}

/** What OpenSSL calls it when it finds no key that it can read (openssl-errors(7)). */
const NO_KEY = 'ERR_OSSL_UNSUPPORTED';

/** In plain words what people do wrong with keys; whatever else, as it was said. Pure. */
function problemWith(cause: unknown, kind: 'private' | 'public'): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === NO_KEY) return `it holds no ${kind} key in PEM form`;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  return messageOf(cause);
}
