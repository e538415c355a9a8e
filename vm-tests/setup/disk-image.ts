import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Report, step } from '../../scripts/setup/progress.js';
import { cacheFolder, completeOrAbsent } from '../../scripts/toolbox/cache.js';
import { cacheKey, filesOf, guestFolder } from './cache-key.js';
import { buildRootfs } from './rootfs.js';
import { packagesOf, type RootfsRecipe } from './userland.js';

/** Bytes that a guest's root disk can hold; the file is sparse. */
const rootDiskBytes = 8 * 1024 ** 3;

/**
 * The read-only ext4 image (raw, sparse) of a guest's root, from the cache or built now. Each VM writes to an
 * overlay of its own.
 */
export async function rootfsImage(recipe: RootfsRecipe, report: Report): Promise<string> {
  const key = cacheKey({ packages: packagesOf(recipe), guest: filesOf(guestFolder), layout: 1 });
  const path = join(cacheFolder(), 'vm', 'disks', `${recipe.suite}-${recipe.kind}-${key}`);
  const folder = await completeOrAbsent(
    path,
    async temporary => {
      const root = join(temporary, 'root');
      await buildRootfs(recipe, root, report);
      await step(report, `disk of ${recipe.suite} ${recipe.kind}`, () =>
        makeExt4(root, join(temporary, 'disk.ext4'), rootDiskBytes, 'root'),
      );
      await rm(root, { recursive: true });
    },
    1500,
  );
  return join(folder, 'disk.ext4');
}

/**
 * A file tree of the host as a read-only ext4 image for guests, cached by the names, sizes, modes and times of its
 * files; the newest two versions of a tree are kept.
 */
export async function treeDisk(tree: string): Promise<string> {
  const key = cacheKey(await listing(tree));
  const of = cacheKey(tree);
  const parent = join(cacheFolder(), 'vm', 'trees');
  const folder = await completeOrAbsent(join(parent, `${of}-${key}`), async temporary => {
    const { stdout } = await execa('du', ['-sk', '--apparent-size', tree]);
    const kibibytes = Number.parseInt(stdout, 10);
    await makeExt4(tree, join(temporary, 'disk.ext4'), kibibytes * 1024 * 1.15 + 16 * 1024 ** 2, 'tree');
  });
  return join(folder, 'disk.ext4');
}

async function listing(tree: string): Promise<readonly unknown[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  return entries
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(path => {
      const info = statSync(path, { throwIfNoEntry: false });
      return [path, info?.size, info?.mode, info?.mtimeMs];
    });
}

/**
 * Makes an ext4 file system that kernels from 5.10 on can mount and that holds a copy of `tree`.
 *
 * @param bytes size of the file system, rounded down to whole MiB
 */
export async function makeExt4(tree: string, image: string, bytes: number, label: string): Promise<void> {
  // orphan_file came with 5.15, metadata_csum_seed is of no use here; a small journal is quick to make and to replay.
  const features = '^orphan_file,^metadata_csum_seed,^resize_inode';
  const mebibytes = Math.floor(bytes / 1024 ** 2);
  const options = ['-q', '-t', 'ext4', '-O', features, '-J', 'size=16', '-m', '0', '-L', label];
  await execa('mke2fs', [...options, '-E', 'root_owner=0:0', '-d', tree, image, `${mebibytes}M`]);
}
