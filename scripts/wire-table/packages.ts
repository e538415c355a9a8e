/** Debian's packages of pycriu, one per CRIU release, unpacked in the cache. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';
import { cacheFolder, completeOrAbsent } from '../toolbox/cache.js';
import { fromDebian } from '../toolbox/debian-package.js';

/**
 * The binary package that holds `pycriu/images/*_pb2.py`; its own package only since trixie. Debian has none of 3.18, 3.19
 * and 4.0: their files are made by hand of the release's sources (`protoc --python_out=FOLDER *.proto` in `images`), all but
 * `rpc.proto`, which Debian leaves out.
 */
const PACKAGES: Readonly<Partial<Record<CriuVersion, string>>> = {
  '3.17.1': 'criu',
  '4.1.1': 'python3-pycriu',
  '4.2.1': 'python3-pycriu',
  '4.3': 'python3-pycriu',
};

/** The folder of a release's `*_pb2.py` files in the cache, whether it is there or not. */
export function descriptorFolder(version: CriuVersion): string {
  return join(packageFolder(version), 'usr/lib/python3/dist-packages/pycriu/images');
}

/** Whether a release's package is in the cache, so that no network is needed. */
export function isCached(version: CriuVersion): boolean {
  return existsSync(descriptorFolder(version));
}

/**
 * Brings a release's package into the cache, if it is not there and Debian has one.
 * @throws when no suite that we know of carries this release any more, with what they carry instead
 */
export async function fetchPackage(version: CriuVersion, report: (line: string) => void): Promise<void> {
  const name = PACKAGES[version];
  if (name === undefined) return;
  const advice =
    'The wire table keeps what it knows of it; to check it, copy the package folder from a cache that still has it.';
  await completeOrAbsent(packageFolder(version), temporary =>
    fromDebian(version, name, { work: `${temporary}-packages`, report, advice }, async ({ apt }) => {
      await execa('dpkg-deb', ['-x', await apt.downloadAlone(name), temporary]);
    }),
  );
}

function packageFolder(version: CriuVersion): string {
  return join(cacheFolder(), 'pycriu', version);
}
