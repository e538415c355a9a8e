import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { type Report, step } from '../../scripts/setup/progress.js';
import { cacheFolder, completeOrAbsent } from '../../scripts/toolbox/cache.js';
import { chooseAccelerator } from '../driver/accelerator.js';
import { cacheKey, filesOf, guestFolder } from '../setup/cache-key.js';
import { makeExt4 } from '../setup/disk-image.js';
import { ensureKernel, type Kernel, kernelFolder } from '../setup/kernel.js';
import { buildRootfs } from '../setup/rootfs.js';
import { packagesOf } from '../setup/userland.js';
import * as files from './box-files.js';
import { type Box, currentBoxFile } from './current-box.js';

/**
 * The Vagrant box of the current recipe, from the cache or built now (root is needed to build): the `systemd` guest
 * of the VM tests with a `vagrant` user, ssh and two kernels. `ckpt` is not in it: it is installed when a machine
 * comes up, so that a change of `ckpt` needs no new box.
 */
export async function ensureBox(report: Report): Promise<Box> {
  const recipe = {
    packages: packagesOf(files.boxRootfs),
    guest: filesOf(guestFolder),
    kernels: [basename(kernelFolder(files.boxKernels.old)), basename(kernelFolder(files.boxKernels.new))],
    texts: { ...files },
    layout: 2,
  };
  const key = cacheKey(recipe);
  const folder = await completeOrAbsent(
    join(cacheFolder(), 'box', key),
    temporary => step(report, 'Vagrant box', () => buildBox(temporary, report)),
    1500,
  );
  const [old, next] = await bothKernels(report);
  const box: Box = {
    name: `ckpt/debian-${files.boxRootfs.suite}-${key}`,
    file: join(folder, 'ckpt.box'),
    accelerator: (await chooseAccelerator(old)) === 'kvm' ? 'kvm' : 'qemu',
    kernels: { old: old.release, new: next.release },
  };
  await writeFile(`${currentBoxFile()}.new`, `${JSON.stringify(box, null, 2)}\n`);
  await rename(`${currentBoxFile()}.new`, currentBoxFile());
  await dropOlderBoxes(key);
  return box;
}

// Machines hold links to the box that they were made from, so an older one can go while it is in use.
async function dropOlderBoxes(current: string): Promise<void> {
  for (const name of await readdir(join(cacheFolder(), 'box'))) {
    if (/^[0-9a-f]{12}$/.test(name) && name !== current) {
      await rm(join(cacheFolder(), 'box', name), { recursive: true });
    }
  }
}

function bothKernels(report: Report): Promise<[Kernel, Kernel]> {
  return Promise.all([
    ensureKernel(files.boxKernels.old, report),
    ensureKernel(files.boxKernels.new, report),
  ]);
}

async function buildBox(folder: string, report: Report): Promise<void> {
  const kernels = await bothKernels(report);
  const root = join(folder, 'root');
  const inside = join(folder, 'inside');
  await mkdir(inside);
  await buildRootfs(files.boxRootfs, root, report);
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ckpt box', '-f', join(inside, 'id')]);
  await addLogin(root, join(inside, 'id.pub'));
  await dropTestUnits(root);
  for (const [index, kernel] of kernels.entries()) {
    const slot = index === 0 ? 'old' : 'new';
    await copyFile(kernel.vmlinuz, join(inside, `vmlinuz-${slot}`));
    await copyFile(kernel.initrd, join(inside, `initrd-${slot}`));
    await mkdir(join(root, 'boot'), { recursive: true });
    await copyFile(kernel.vmlinuz, join(root, 'boot', `vmlinuz-${kernel.release}`));
    await copyFile(kernel.initrd, join(root, 'boot', `initrd.img-${kernel.release}`));
  }
  const raw = join(folder, 'disk.ext4');
  await makeExt4({ tree: root, image: raw, bytes: files.boxDiskBytes, label: 'root', journal: true });
  const convert = ['convert', '-O', 'qcow2', '-c', '-o', 'compression_type=zstd'];
  await execa('qemu-img', [...convert, raw, join(inside, 'box.img')]);
  await writeFile(join(inside, 'metadata.json'), files.metadata);
  await writeFile(join(inside, 'Vagrantfile'), files.embeddedVagrantfile);
  await execa('tar', ['-C', inside, '-cf', join(folder, 'ckpt.box'), ...files.boxMembers]);
  for (const path of [root, inside, raw]) await rm(path, { recursive: true });
}

async function addLogin(root: string, publicKey: string): Promise<void> {
  const inRoot = (...command: string[]) => execa('chroot', [root, ...command], { env: { LC_ALL: 'C' } });
  await inRoot('useradd', '--create-home', '--shell', '/bin/bash', 'vagrant');
  const ssh = join(root, 'home', 'vagrant', '.ssh');
  await mkdir(ssh, { mode: 0o700 });
  await copyFile(publicKey, join(ssh, 'authorized_keys'));
  await inRoot('chown', '-R', 'vagrant:vagrant', '/home/vagrant/.ssh');
  await writeFile(join(root, 'etc', 'sudoers.d', 'vagrant'), files.sudoers, { mode: 0o440 });
  await writeFile(join(root, 'etc', 'ssh', 'sshd_config.d', 'ckpt.conf'), files.sshdConfig);
  await writeFile(join(root, 'etc', 'hostname'), 'ckpt\n');
  // Nothing is left to do for a first boot: rebuilding the linker's cache alone takes emulated seconds.
  await writeFile(join(root, 'etc', 'machine-id'), `${randomBytes(16).toString('hex')}\n`);
  for (const folder of ['etc', 'var']) await writeFile(join(root, folder, '.updated'), '');
  await writeFile(join(root, 'etc', 'hosts'), '127.0.0.1 localhost ckpt\n::1 localhost\n');
}

// The driver's agent and shell have no port to talk to in a machine that Vagrant runs.
async function dropTestUnits(root: string): Promise<void> {
  for (const unit of ['ckpt-vm-agent.service', 'ckpt-vm-shell.service']) {
    const path = join(root, 'etc', 'systemd', 'system', unit);
    await rm(path, { force: true });
    await symlink('/dev/null', path);
  }
}
