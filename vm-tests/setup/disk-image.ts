import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { type Report, step } from '../../scripts/setup/progress.js';
import { cacheFolder, completeOrAbsent } from '../../scripts/toolbox/cache.js';
import { cacheKey, filesOf, guestFolder } from './cache-key.js';
import { buildRootfs } from './rootfs.js';
import { packagesOf, type RootfsRecipe } from './userland.js';

/** Bytes that a guest's root disk can hold; the file is sparse. */
const rootDiskBytes = 8 * 1024 ** 3;

/** Where the image of a recipe is, or will be, in the cache. */
export function rootfsFolder(recipe: RootfsRecipe): string {
  const guest = ['common', recipe.kind].map(part => filesOf(join(guestFolder, part)));
  const key = cacheKey({ packages: packagesOf(recipe), guest, layout: 2 });
  return join(cacheFolder(), 'vm', 'disks', `${recipe.suite}-${recipe.kind}-${key}`);
}

/**
 * The read-only ext4 image (raw, sparse) of a guest's root, from the cache or built now. Each VM writes to an
 * overlay of its own.
 */
export async function rootfsImage(recipe: RootfsRecipe, report: Report): Promise<string> {
  const folder = await completeOrAbsent(
    rootfsFolder(recipe),
    async temporary => {
      const root = join(temporary, 'root');
      await buildRootfs(recipe, root, report);
      await step(report, `disk of ${recipe.suite} ${recipe.kind}`, () =>
        makeExt4({
          tree: root,
          image: join(temporary, 'disk.ext4'),
          bytes: rootDiskBytes,
          label: 'root',
          journal: true,
        }),
      );
      await rm(root, { recursive: true });
    },
    1500,
  );
  return join(folder, 'disk.ext4');
}

/**
 * A file tree of the host as a read-only ext4 image for guests, cached by the names, sizes, modes and times of its
 * files. The three newest images of a tree are kept.
 */
export async function treeDisk(folder: string): Promise<string> {
  const tree = resolve(folder);
  const parent = join(cacheFolder(), 'vm', 'trees', cacheKey(tree));
  const image = await completeOrAbsent(join(parent, cacheKey(await listing(tree))), async temporary => {
    const { stdout } = await execa('du', ['-sk', '--apparent-size', tree]);
    const bytes = Number.parseInt(stdout, 10) * 1024 * 1.2 + 8 * 1024 ** 2;
    await makeExt4({ tree, image: join(temporary, 'disk.ext4'), bytes, label: 'tree', journal: false });
  });
  await dropOlder(parent, 3);
  return join(image, 'disk.ext4');
}

// A machine that runs on a removed image keeps it: QEMU has it open.
async function dropOlder(parent: string, keep: number): Promise<void> {
  const images = (await readdir(parent)).filter(name => /^[0-9a-f]{12}$/.test(name));
  const newestFirst = images
    .map(name => join(parent, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of newestFirst.slice(keep)) await rm(path, { recursive: true, force: true });
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

export interface Ext4Recipe {
  /** The folder whose content it gets, owners and modes as they are. */
  readonly tree: string;
  readonly image: string;
  /** Size of the file system, rounded down to whole MiB. The file is sparse. */
  readonly bytes: number;
  readonly label: string;
  readonly journal: boolean;
}

/** Makes an ext4 file system that kernels from 5.10 on can mount and that holds a copy of a folder. */
export async function makeExt4({ tree, image, bytes, label, journal }: Ext4Recipe): Promise<void> {
  // orphan_file came with 5.15; metadata_csum_seed and resize_inode are of no use here.
  const features = '^orphan_file,^metadata_csum_seed,^resize_inode';
  // A small journal is quick to make and to replay.
  const journalOptions = journal ? ['-O', features, '-J', 'size=16'] : ['-O', `${features},^has_journal`];
  const options = ['-q', '-t', 'ext4', ...journalOptions, '-m', '0', '-L', label, '-E', 'root_owner=0:0'];
  await execa('mke2fs', [...options, '-d', tree, image, `${Math.floor(bytes / 1024 ** 2)}M`]);
}
