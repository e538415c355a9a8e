import { fail } from '../../../errors.js';
import { BOOT_FOLDER, byAge, type InstalledKernel, newestAfter } from '../../../host/kernels.js';

/**
 * The kernel that was named, else the newest that is newer than the running one. Throws `switch-kernel-unknown`,
 * `switch-no-newer`. Pure.
 * @param wanted its release
 */
export function chooseKernel(
  running: string,
  kernels: readonly InstalledKernel[],
  wanted?: string,
): InstalledKernel {
  const releases = byAge(kernels).map(({ release }) => release);
  const facts = { folder: BOOT_FOLDER, installed: releases.join(', ') || 'none' };
  if (wanted === undefined) {
    const newest = newestAfter(running, kernels);
    if (newest === undefined) throw fail('switch-no-newer', { running, ...facts });
    return newest;
  }
  const named = kernels.find(({ release }) => release === wanted);
  if (named === undefined) throw fail('switch-kernel-unknown', { wanted, ...facts });
  return named;
}
