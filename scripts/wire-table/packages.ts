/** Debian's packages of pycriu, one per CRIU release, unpacked in the cache. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';
import { cacheFolder, completeOrAbsent } from '../toolbox/cache.js';
import { privateApt } from '../toolbox/private-apt.js';
import { type DebianSource, toolboxVersions, upstreamVersion } from '../toolbox/versions.js';

/** The binary package that holds `pycriu/images/*_pb2.py`; its own package only since trixie. */
const PACKAGES: Readonly<Record<CriuVersion, string>> = {
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
 * Brings a release's package into the cache, if it is not there.
 * @throws when no suite that we know of carries this release any more, with what they carry instead
 */
export async function fetchPackage(version: CriuVersion, report: (line: string) => void): Promise<void> {
  await completeOrAbsent(packageFolder(version), async temporary => {
    const work = `${temporary}-packages`;
    const seen: string[] = [];
    try {
      for (const source of toolboxVersions[version] as readonly DebianSource[]) {
        report(`CRIU ${version}: asking Debian ${source.suite} for ${PACKAGES[version]}`);
        const apt = await privateApt(join(work, source.suite), source);
        const candidate = await apt.candidate(PACKAGES[version]);
        seen.push(`${source.suite} has ${candidate ?? 'none'}`);
        if (candidate === undefined || upstreamVersion(candidate) !== version) continue;
        await execa('dpkg-deb', ['-x', await apt.downloadAlone(PACKAGES[version]), temporary]);
        return;
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    throw new Error(
      `Debian no longer carries CRIU ${version} (${seen.join(', ')}). The wire table keeps what it knows of it; ` +
        'to check it, copy the package folder from a cache that still has it.',
    );
  });
}

function packageFolder(version: CriuVersion): string {
  return join(cacheFolder(), 'pycriu', version);
}
