import { stat } from 'node:fs/promises';
import type { Kernel } from '../setup/kernel.js';
import { kernelFolder } from './assets.js';
import { CommandError } from './errors.js';
import type { Machine } from './machine.js';

/**
 * Puts a kernel into the guest, unless it is there already, and loads it for kexec.
 *
 * @param commandLine the new kernel's; by default the running one's
 */
export async function loadKernel(machine: Machine, kernel: Kernel, commandLine?: string): Promise<void> {
  const folder = kernelFolder(kernel.release);
  for (const [from, name] of [
    [kernel.vmlinuz, 'vmlinuz'],
    [kernel.initrd, 'initrd'],
  ] as const) {
    const { size } = await stat(from);
    const there = await machine.run(['stat', '-c', '%s', `${folder}/${name}`]);
    if (there.stdout.trim() !== `${size}`) await machine.copyIn(from, `${folder}/${name}`);
  }
  const line = commandLine === undefined ? ['--reuse-cmdline'] : [`--command-line=${commandLine}`];
  // Without checks: hashing the kernel twice costs an emulated CPU two seconds and guards against nothing here.
  const argv = [
    'kexec',
    '-l',
    '-c',
    '--no-checks',
    `${folder}/vmlinuz`,
    `--initrd=${folder}/initrd`,
    ...line,
  ];
  const loaded = await machine.run(argv);
  if (loaded.status !== 0) throw new CommandError(argv.join(' '), loaded);
}
