import { dirname } from 'node:path';
import { type Report, reportToStderr } from '../../scripts/setup/progress.js';
import { rootfsImage, treeDisk } from '../setup/disk-image.js';
import { ensureKernel, type Kernel } from '../setup/kernel.js';
import type { RootfsRecipe } from '../setup/userland.js';
import { chooseAccelerator } from './accelerator.js';
import { vmSupport } from './available.js';
import { MachineError } from './errors.js';
import type { BootOptions } from './options.js';
import type { Accelerator } from './qemu-command.js';

/** What lies on the host's disk before a machine can boot. */
export interface Assets {
  readonly kernel: Kernel;
  readonly image: string;
  /** Read-only disks, and where the guest mounts them. */
  readonly trees: readonly { readonly image: string; readonly at: string }[];
  readonly accelerator: Accelerator;
}

/** Fetches and builds what the options ask for, side by side; all of it is in the cache the second time. */
export async function prepareAssets(options: BootOptions): Promise<Assets> {
  const support = await vmSupport();
  if (!support.ok) throw new MachineError(`no virtual machines here: ${support.reason}`, '');
  const report = options.report ?? reportToStderr;
  const kernel = ensureKernel(options.kernel, report);
  const [ready, image, trees, accelerator] = await Promise.all([
    kernel,
    rootfsImage(recipeOf(options), report),
    Promise.all([
      ...(options.disks ?? []).map(async ({ tree, at }) => ({ image: await treeDisk(tree), at })),
      ...(options.switchesTo ?? []).map(series => kernelDisk(series, report)),
    ]),
    kernel.then(chooseAccelerator),
  ]);
  return { kernel: ready, image, trees, accelerator };
}

/** Where a guest has a kernel to switch to. */
export const kernelFolder = (release: string): string => `/boot/ckpt-vm/${release}`;

async function kernelDisk(series: string, report: Report): Promise<Assets['trees'][number]> {
  const { release, vmlinuz } = await ensureKernel(series, report);
  return { image: await treeDisk(dirname(vmlinuz)), at: kernelFolder(release) };
}

function recipeOf({ userland = 'trixie', kind = 'bare', packages = [] }: BootOptions): RootfsRecipe {
  return { suite: userland, kind, packages };
}
