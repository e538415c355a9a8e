import type { HeldServices } from '../../checkpoint/hold-back.js';
import type { FreezeResult } from '../../checkpoint/request.js';
import { shellWord } from './shell-word.js';
import { printable } from './text.js';
import { bytes, count, duration } from './units.js';

/** `redis-server (PID 131, 1 process), …` */
export function describeTrees(
  trees: readonly { root: number; command: string; processes: number }[],
): string {
  return trees
    .map(
      tree =>
        `${printable(tree.command)} (PID ${tree.root}, ${count(tree.processes, 'process', 'processes')})`,
    )
    .join(', ');
}

/** What the processes need before the kernel is switched. */
const BEFORE = {
  disk: 'its store ends with this kernel (it lies in memory, or in a folder that the boot empties): thaw it, and freeze it again with --store DIR on a disk',
  nft: 'its TCP connections can only be thawed where nft is installed: apt install nftables',
  guard:
    'its TCP connections need a guard, or the next kernel resets them: ckpt guard --install (without systemd: --install-hook FILE)',
  early:
    'the initramfs brings the network up before the guard can stand, and the next kernel then resets its TCP connections: end them first, or switch with an initramfs that does not',
  numbers:
    'its PIDs need a guard, or what starts at boot may take them: ckpt guard --install (without systemd: --install-hook FILE)',
  kernel:
    'no other kernel is loaded: kexec -l /boot/vmlinuz-NEW --initrd=/boot/initrd.img-NEW --reuse-cmdline; or switch by a reboot',
  'signed-kernel':
    'no other kernel is loaded, and this kernel is locked down and takes only signed ones: kexec --kexec-file-syscall -l /boot/vmlinuz-NEW --initrd=/boot/initrd.img-NEW --reuse-cmdline; or switch by a reboot',
} as const;

export type Lacking = keyof typeof BEFORE;

/** In words, with what to do. */
export function neededBefore(what: Lacking): string {
  return BEFORE[what];
}

/** What switches the kernel: a command that is to be typed, or this `ckpt`, which starts the kernel of that release itself. */
export type Switching = { readonly by: string } | { readonly to: string };

/** What was frozen, how long it stood still, and what to type next. Pure. */
export function freezeText(
  result: FreezeResult & HeldServices,
  options: { readonly leaveRunning?: boolean },
  lacking: readonly Lacking[],
  switching: Switching,
): string {
  const { name, heldBack } = result;
  return [
    `froze ${describeTrees(result.trees)} into the bundle ${name}`,
    `  memory       ${bytes(result.memory)}`,
    `  stopped for  ${duration(result.stoodStill)}${options.leaveRunning ? '' : ', until the bundle was safe on the disk'}`,
    `  bundle       ${result.path}`,
    ...(heldBack.length === 0
      ? []
      : [`  held back    ${heldBack.join(', ')}: not started beside the frozen and the thawed processes`]),
    ...lacking.map(what => `  first        ${neededBefore(what)}`),
    `  next         ${lacking.includes('disk') ? `before this kernel ends: ckpt thaw ${name}` : next(result, options.leaveRunning, switching)}`,
  ].join('\n');
}

function next(
  { name, bootUnit }: FreezeResult & HeldServices,
  leaveRunning: boolean | undefined,
  switching: Switching,
): string {
  if (leaveRunning === true) return `they run on; try the copy elsewhere: ckpt thaw ${name}`;
  const first =
    'to' in switching ? `this machine starts Linux ${switching.to}` : `switch the kernel (${switching.by})`;
  if (bootUnit === undefined) return `${first}, then type: ckpt thaw ${name}`;
  return `${first}; the boot thaws it: systemctl status ${shellWord(bootUnit)}`;
}
