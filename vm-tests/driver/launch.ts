import { setTimeout as sleep } from 'node:timers/promises';
import type { Assets } from './assets.js';
import type { BootOptions } from './options.js';
import { freePort } from './ports.js';
import { type Forward, kernelCommandLine, type QemuSettings } from './qemu-command.js';
import { QemuProcess } from './qemu-process.js';
import type { RunFolder } from './run-folder.js';

const inits = { bare: '/usr/lib/ckpt-vm/init', systemd: '/lib/systemd/systemd' } as const;

/** Starts QEMU for the options, on ports that are free on the host now. */
export async function launch(options: BootOptions, assets: Assets, folder: RunFolder): Promise<QemuProcess> {
  const { append = [], terminal = false, cabled } = options;
  const extra = [
    ...append,
    ...(terminal ? ['ckpt.shell'] : []),
    ...(cabled === undefined ? [] : [`ckpt.eth1=${cabled.addresses.join(',')}`]),
  ];
  const mounts = assets.trees.map(({ at }) => at);
  const settings: Omit<QemuSettings, 'forwards'> = {
    accelerator: assets.accelerator,
    vmlinuz: assets.kernel.vmlinuz,
    initrd: assets.kernel.initrd,
    commandLine: kernelCommandLine(inits[options.kind ?? 'bare'], mounts, extra),
    memoryMiB: options.memory ?? 1024,
    cpus: options.cpus ?? 2,
    overlay: folder.overlay,
    durable: options.durable ?? false,
    readOnlyDisks: assets.trees.map(({ image }) => image),
    cabled,
    agentSocket: folder.agentSocket,
    consoleLog: folder.consoleLog,
    terminal,
  };
  // Between choosing a port and QEMU's taking it another process may: choose again, twice at most.
  for (let attempt = 1; ; attempt++) {
    const qemu = QemuProcess.start({ ...settings, forwards: await chooseForwards(options.forwards ?? []) });
    if (attempt === 3 || !(await lostItsPort(qemu))) return qemu;
  }
}

async function chooseForwards(guests: readonly number[]): Promise<readonly Forward[]> {
  return Promise.all(guests.map(async guest => ({ guest, host: await freePort() })));
}

// QEMU opens its forwards before anything else; by the time the first sign of life would come it has failed.
async function lostItsPort(qemu: QemuProcess): Promise<boolean> {
  if (qemu.settings.forwards.length === 0) return false;
  await Promise.race([qemu.wait(), sleep(500)]);
  return qemu.endedBecause?.includes('host forwarding rule') === true;
}
