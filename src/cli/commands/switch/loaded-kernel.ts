import { fail } from '../../../errors.js';
import { BOOT_FOLDER, type InstalledKernel } from '../../../host/kernels.js';
import { loadKernel, unloadKernel } from '../../../host/load-kernel.js';
import type { Way } from './way.js';

/** The kernel of a switch, as it waits for kexec: nobody else's `reboot` is to find it there when the switch does not come. */
export class LoadedKernel {
  readonly kernel: InstalledKernel;
  readonly #way: Way;
  #loaded = false;

  constructor(kernel: InstalledKernel, way: Way) {
    this.kernel = kernel;
    this.#way = way;
  }

  /** Throws `switch-kernel-not-loaded`. */
  async load(): Promise<void> {
    const { release } = this.kernel;
    const problem = await loadKernel(this.kernel, this.#way);
    if (problem !== undefined)
      throw fail('switch-kernel-not-loaded', { release, problem, folder: BOOT_FOLDER });
    this.#loaded = true;
  }

  /** Of a switch that came to nothing. A kernel that waits for nothing harms nobody: what keeps it there is not told. */
  async takeBack(): Promise<void> {
    if (this.#loaded) await unloadKernel(this.#way.program);
    this.#loaded = false;
  }
}
