import { ensureHostPackages } from '../../scripts/setup/host-packages.js';
import type { Report } from '../../scripts/setup/progress.js';
import { qemuSupport, qemuVersion } from '../driver/available.js';

/** Debian packages that building guests needs. */
const builderPackages = [
  'debian-archive-keyring',
  'mmdebstrap',
  'e2fsprogs',
  'cpio',
  'busybox-static',
  'kmod',
  'xz-utils',
  'zstd',
  'util-linux',
];

const qemuPackages = ['qemu-system-x86', 'qemu-utils'];

/**
 * Makes this machine able to run VM tests: builder packages from its release, QEMU from its backports where the
 * release's own is too old. Does nothing the second time.
 *
 * @throws with the reason when that cannot be done (no Debian, no root, QEMU still too old)
 */
export async function ensureVmHost(report: Report): Promise<void> {
  await ensureHostPackages(builderPackages, report);
  if (qemuSupport(await qemuVersion()).ok) {
    await ensureHostPackages(qemuPackages, report);
    return;
  }
  await ensureHostPackages(qemuPackages, report, { backports: true, upgrade: true });
  const support = qemuSupport(await qemuVersion());
  if (!support.ok) throw new Error(support.reason);
}
