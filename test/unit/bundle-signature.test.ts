import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Manifest } from '../../src/image-format/bundle/manifest.js';
import { manifestFromJson } from '../../src/image-format/bundle/manifest-schema.js';
import { readKeyFile } from '../../src/image-format/bundle/read-key-file.js';
import { requireSignature, signerWith, unsigned } from '../../src/image-format/bundle/signature.js';
import { bundleFiles, folder } from './bundle-support.js';

const manifest = manifestFromJson(bundleFiles().get('manifest.json')?.toString() ?? '', 'a');

async function keyFiles(kind: 'ed25519' | 'rsa' = 'ed25519'): Promise<{ key: string; trust: string }> {
  const here = await folder();
  const pair =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  const [key, trust] = [join(here, 'key.pem'), join(here, 'trust.pem')];
  await writeFile(key, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(trust, pair.publicKey.export({ type: 'spki', format: 'pem' }));
  return { key, trust };
}

const refusal = (made: Manifest, trust: string) => () => requireSignature('a', made, trust);

test('a signed manifest is trusted, also after it was written and read', async () => {
  const { key, trust } = await keyFiles();
  const signed = signerWith(key)(manifest);
  requireSignature('a', signed, trust);
  const { signature, ...rest } = signed;
  const otherOrder = JSON.stringify({ signature, ...Object.fromEntries(Object.entries(rest).reverse()) });
  requireSignature('a', manifestFromJson(otherOrder, 'a'), trust);
});

test('without a key nothing is signed and nothing is asked', () => {
  expect(signerWith(undefined)(manifest)).toEqual(manifest);
  expect(() => requireSignature('a', unsigned(manifest), undefined)).not.toThrow();
});

test('what another signed, what nobody signed and what was altered is refused', async () => {
  const [ours, theirs] = [await keyFiles(), await keyFiles()];
  const signed = signerWith(theirs.key)(manifest);
  const altered = { ...signerWith(ours.key)(manifest), name: 'b' };
  const [member, ...others] = signed.members;
  const cut: Manifest = {
    ...manifest,
    members: [{ ...(member ?? { path: '', size: 0 }), digest: null }, ...others],
  };
  const unproven = signerWith(ours.key)(cut);
  expect(refusal(signed, ours.trust)).toThrow(
    expect.objectContaining({ code: 'bundle-signature-wrong', exit: 5 }),
  );
  expect(refusal(altered, ours.trust)).toThrow(expect.objectContaining({ code: 'bundle-signature-wrong' }));
  expect(refusal(manifest, ours.trust)).toThrow(
    expect.objectContaining({ code: 'bundle-unsigned', exit: 5 }),
  );
  expect(refusal(unproven, ours.trust)).toThrow(expect.objectContaining({ code: 'bundle-pages-unsigned' }));
});

test('a key that is not there, or of another kind, is refused by name', async () => {
  const { key, trust } = await keyFiles('rsa');
  const unusable = expect.objectContaining({ code: 'key-unusable', exit: 2 });
  expect(() => signerWith('/nowhere/key.pem')).toThrow(unusable);
  expect(() => signerWith(key)).toThrow(unusable);
  expect(refusal(manifest, trust)).toThrow(unusable);
});

test('what is wrong with a key is said in plain words', async () => {
  const { key, trust } = await keyFiles('ed25519');
  const problem = (words: string) =>
    expect.objectContaining({ facts: expect.objectContaining({ problem: words }) });
  expect(() => signerWith(trust)).toThrow(problem('it holds no private key in PEM form'));
  expect(refusal(manifest, join(key, '..'))).toThrow(problem('it is a folder'));
  expect(refusal(manifest, '/nowhere/key.pem')).toThrow(problem('there is no such file'));
  expect(refusal(manifest, '/etc/passwd')).toThrow(problem('it holds no public key in PEM form'));
});

test('a key can come through a pipe, which is not waited for without an end', async () => {
  const { key, trust } = await keyFiles();
  const pipe = join(await folder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const writer = spawn('sh', ['-c', 'cat "$1" >"$2"', 'sh', key, pipe]);
  const ended = once(writer, 'exit');
  requireSignature('a', signerWith(pipe)(manifest), trust);
  expect(await ended).toEqual([0, null]);
  expect(() => readKeyFile(pipe, 50)).toThrow('nobody has written a key into it within 0.05 s');
  expect(() => readKeyFile('/dev/zero')).toThrow('it has more than 65536 bytes');
});
