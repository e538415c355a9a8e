import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/toolbox/cache.js';
import type { Kernel } from '../setup/kernel.js';
import type { Accelerator } from './qemu-command.js';
import { QemuProcess } from './qemu-process.js';
import { waitFor } from './wait.js';

const probeLimitSeconds = 15;
const marker = 'ckpt-vm: probe reached userspace';

/**
 * The accelerator to use: KVM if a kernel reaches userspace with it within 15 s, else emulation. That `/dev/kvm` is
 * there says little: it can be there and hang every guest. The answer is kept until the host boots again;
 * `CKPT_VM_ACCEL=kvm|tcg` overrides it.
 */
export async function chooseAccelerator(kernel: Kernel): Promise<Accelerator> {
  const forced = process.env.CKPT_VM_ACCEL;
  if (forced === 'kvm' || forced === 'tcg') return forced;
  if (!(await canOpenKvm())) return 'tcg';
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const kept = join(cacheFolder(), 'vm', `accelerator-${bootId}`);
  const known = await readFile(kept, 'utf8').catch(() => '');
  if (known === 'kvm' || known === 'tcg') return known;
  const chosen = (await bootsWith('kvm', kernel)) ? 'kvm' : 'tcg';
  await mkdir(join(cacheFolder(), 'vm'), { recursive: true });
  await writeFile(`${kept}.${process.pid}`, chosen);
  await rename(`${kept}.${process.pid}`, kept);
  return chosen;
}

async function canOpenKvm(): Promise<boolean> {
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Whether a guest without disks comes as far as its initramfs. */
async function bootsWith(accelerator: Accelerator, kernel: Kernel): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'ckpt-vm-probe-'));
  const qemu = QemuProcess.start({
    accelerator,
    vmlinuz: kernel.vmlinuz,
    initrd: kernel.initrd,
    commandLine: 'console=ttyS0 panic=-1 ckpt.probe',
    memoryMiB: 512,
    cpus: 2,
    overlay: undefined,
    durable: false,
    readOnlyDisks: [],
    forwards: [],
    cabled: undefined,
    agentSocket: undefined,
    consoleLog: join(folder, 'console.log'),
    terminal: false,
  });
  const reached = () => qemu.consoleTail(10).includes(marker);
  try {
    await waitFor(() => reached() || qemu.endedBecause !== undefined, {
      limit: probeLimitSeconds,
      what: `a kernel to boot with ${accelerator}`,
    });
    return reached();
  } catch {
    return false;
  } finally {
    await qemu.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
