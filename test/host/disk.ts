import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { folder } from './support.js';

/** A file system of its own for a store, and what makes it fail as after an error of the disk. */
export interface Disk {
  readonly at: string;
  /** The file that it lies in, which has what has reached the disk. */
  readonly image: string;
  readonly fails: string;
}

/** undefined where none can be mounted. */
export async function mountDisk(): Promise<Disk | undefined> {
  const place = await folder();
  const [image, at] = [join(place, 'image'), join(place, 'disk')];
  await writeFile(image, '');
  await truncate(image, 64 * 2 ** 20);
  await mkdir(at);
  const made = await execa('mkfs.ext4', ['-q', image], { reject: false });
  const mounted = await execa('mount', ['-o', 'loop,errors=remount-ro', image, at], { reject: false });
  if (made.exitCode !== 0 || mounted.exitCode !== 0) return undefined;
  const { stdout } = await execa('findmnt', ['-no', 'SOURCE', at]);
  return { at, image, fails: `echo x >/sys/fs/ext4/${basename(stdout)}/trigger_fs_error` };
}
