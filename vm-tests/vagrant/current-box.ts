import { join } from 'node:path';
import { cacheFolder } from '../../scripts/toolbox/cache.js';

/** What the Vagrantfile and the tests must know of a box. */
export interface Box {
  /** Changes with the recipe, so that Vagrant never takes an older box of the same name for this one. */
  readonly name: string;
  readonly file: string;
  readonly accelerator: 'kvm' | 'qemu';
  /** The kernel that `vagrant up` boots first, and the one to switch to. */
  readonly kernels: { readonly old: string; readonly new: string };
}

/** Where `npm run box` says which box is current. */
export function currentBoxFile(): string {
  return join(cacheFolder(), 'box', 'current.json');
}
