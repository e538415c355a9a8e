/** The kernels that are installed on this machine. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareNumbers } from '../versions.js';

/** Where distributions put kernels. */
export const BOOT_FOLDER = '/boot';

export interface InstalledKernel {
  /** As `uname -r` says under it. */
  readonly release: string;
  /** The dotted numbers that it begins with. */
  readonly version: string;
  /** Absolute paths. */
  readonly image: string;
  readonly initrd: string | undefined;
}

/** Names of an initial file system: of Debian and Ubuntu, of Fedora and its like, of Arch and SUSE. */
const INITRD_NAMES: readonly ((release: string) => string)[] = [
  release => `initrd.img-${release}`,
  release => `initramfs-${release}.img`,
  release => `initrd-${release}`,
];

/** Kernels in a folder, none where it cannot be read. A rescue image of Fedora's is no kernel to switch to. */
export function readKernels(folder: string = BOOT_FOLDER): readonly InstalledKernel[] {
  return namesIn(folder).flatMap(name => {
    const [, release, version] = /^vmlinuz-((\d+(?:\.\d+)+).*)$/.exec(name) ?? [];
    if (release === undefined || version === undefined) return [];
    const initrd = INITRD_NAMES.map(nameFor => join(folder, nameFor(release))).find(existsSync);
    return [{ release, version, image: join(folder, name), initrd }];
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * The kernel to switch to when nobody names one: the newest that is newer than the running one, of the same flavour
 * (`amd64`, `cloud-amd64`) where there is one. Pure.
 */
export function newestAfter(
  running: string,
  kernels: readonly InstalledKernel[],
): InstalledKernel | undefined {
  const newer = byAge(kernels).filter(({ release }) => compareReleases(release, running) > 0);
  return newer.findLast(({ release }) => flavourOf(release) === flavourOf(running)) ?? newer.at(-1);
}

/** Oldest first. Pure. */
export function byAge(kernels: readonly InstalledKernel[]): readonly InstalledKernel[] {
  return [...kernels].sort((a, b) => compareReleases(a.release, b.release));
}

/**
 * Compares all numbers of two releases up to the flavour, as `sort -V` does: Debian 12 counts in the part behind the version
 * (6.1.0-49, 6.1.0-50), Debian 13 in the version.
 */
function compareReleases(a: string, b: string): number {
  return compareNumbers(numbersOf(a), numbersOf(b));
}

function numbersOf(release: string): readonly number[] {
  const flavour = flavourOf(release);
  const rest = flavour === '' ? release : release.slice(0, -flavour.length);
  return (rest.match(/\d+/g) ?? []).map(Number);
}

/** `cloud-amd64` of `6.1.0-50-cloud-amd64`; empty where the release has none. */
function flavourOf(release: string): string {
  return /-([a-z][a-z0-9_-]*)$/.exec(release)?.[1] ?? '';
}
