import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../../scripts/toolbox/cache.js';

const shape = z.strictObject({
  /** Changes with the recipe, so that Vagrant never takes an older box of the same name for this one. */
  name: z.string(),
  file: z.string(),
  accelerator: z.enum(['kvm', 'qemu']),
  /** The kernel that `vagrant up` boots first, and the one to switch to. */
  kernels: z.strictObject({ old: z.string(), new: z.string() }),
});

/** What the Vagrantfile and the tests must know of a box. */
export type Box = z.infer<typeof shape>;

/** Where `npm run box` says which box is current. */
export function currentBoxFile(): string {
  return join(cacheFolder(), 'box', 'current.json');
}

/** The current box. @throws when none has been built */
export async function currentBox(): Promise<Box> {
  return shape.parse(JSON.parse(await readFile(currentBoxFile(), 'utf8')));
}
