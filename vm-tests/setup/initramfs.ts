import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { inLanes } from '../../scripts/setup/lanes.js';
import { guestFolder } from './cache-key.js';
import { kernelList } from './kernel-list.js';

const applets = 'sh mount insmod sleep cat mkdir cp uname switch_root poweroff'.split(' ');

/**
 * Packs busybox, the init of guest/initramfs and the modules that kernels.json names into an initramfs. It is not
 * compressed: unpacking costs an emulated CPU more than reading does.
 *
 * @param tree unpacked kernel packages; depmod's files are added to it
 * @returns names of modules that this kernel does not have in any form
 */
export async function buildInitramfs(tree: string, release: string, initrd: string): Promise<string[]> {
  const modules = join(tree, 'lib', 'modules', release);
  await execa('depmod', ['-b', tree, release]);
  const root = `${initrd}-root`;
  for (const folder of ['bin', 'proc', 'sys', 'dev', 'new'])
    await mkdir(join(root, folder), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'bin', 'busybox'));
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet));
  await copyFile(join(guestFolder, 'initramfs', 'init'), join(root, 'init'));
  await chmod(join(root, 'init'), 0o755);

  const missing: string[] = [];
  const wanted = new Set<string>();
  const names = [...kernelList.bootModules, ...kernelList.modules];
  const found = await inLanes(
    names.map(name => () => modulesFor(tree, release, name)),
    4,
  );
  for (const [index, files] of found.entries()) {
    if (files === undefined) missing.push(names[index] ?? '');
    else for (const file of files) wanted.add(file);
  }
  const target = join(root, 'lib', 'modules', release);
  await inLanes(
    [...wanted].map(file => () => unpackModule(file, join(target, relative(modules, plain(file))))),
    4,
  );
  for (const name of ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']) {
    await copyFile(join(modules, name), join(target, name)).catch(() => undefined);
  }
  await execa('depmod', ['-b', root, release]);
  await writeFile(join(root, 'boot-modules'), await bootOrder(tree, release, modules));
  await execa('sh', ['-c', 'cd "$1" && find . | cpio --quiet -o -H newc -R 0:0 >"$2"', 'sh', root, initrd]);
  await execa('rm', ['-r', root]);
  const required = kernelList.bootModules.filter(name => missing.includes(name));
  if (required.length > 0)
    throw new Error(`kernel ${release} has no ${required.join(', ')}: it cannot boot a guest`);
  return missing;
}

/** The files that a module and its dependencies need, in load order; empty if built in; undefined if unknown. */
async function modulesFor(tree: string, release: string, name: string): Promise<string[] | undefined> {
  const shown = await execa('modprobe', ['-d', tree, '-S', release, '--show-depends', name], {
    reject: false,
  });
  if (shown.exitCode !== 0) return undefined;
  return insmodPaths(shown.stdout);
}

/** The paths in what `modprobe --show-depends` prints; lines of built-in modules name none. */
function insmodPaths(shown: string): string[] {
  return shown.split('\n').flatMap(line => /^insmod (\S+)/.exec(line)?.[1] ?? []);
}

async function bootOrder(tree: string, release: string, modules: string): Promise<string> {
  const order: string[] = [];
  for (const name of kernelList.bootModules) {
    for (const file of (await modulesFor(tree, release, name)) ?? []) {
      const line = join(release, relative(modules, plain(file)));
      if (!order.includes(line)) order.push(line);
    }
  }
  return order.map(line => `${line}\n`).join('');
}

function plain(file: string): string {
  return file.replace(/\.(xz|zst|gz)$/, '');
}

async function unpackModule(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const suffix = /\.(xz|zst|gz)$/.exec(basename(from))?.[1];
  if (suffix === undefined) return copyFile(from, to);
  const program = { xz: 'xz', zst: 'zstd', gz: 'gzip' }[suffix] ?? suffix;
  const { stdout } = await execa(program, ['-dc', from], { encoding: 'buffer' });
  await writeFile(to, stdout);
}
