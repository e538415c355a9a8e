import type { FreezeResult } from '../../checkpoint/freeze.js';
import { bytes, count, duration } from './units.js';

/** `redis-server (PID 131, 1 process), …` */
export function describeTrees(
  trees: readonly { root: number; command: string; processes: number }[],
): string {
  return trees
    .map(tree => `${tree.command} (PID ${tree.root}, ${count(tree.processes, 'process', 'processes')})`)
    .join(', ');
}

/** What TCP connections need before the kernel is switched. */
const BEFORE = {
  nft: 'its TCP connections can only be thawed where nft is installed: apt install nftables',
  guard: 'its TCP connections need a guard, or the next kernel resets them: ckpt guard --install',
} as const;

/** What was frozen, how long it stood still, and what to type next. Pure. */
export function freezeText(
  result: FreezeResult,
  options: { readonly leaveRunning?: boolean; readonly out?: string },
  lacking: readonly ('nft' | 'guard')[],
): string {
  const running = options.leaveRunning
    ? 'they run on; try the copy elsewhere'
    : 'switch the kernel, then type';
  return [
    `froze ${describeTrees(result.trees)} into the bundle ${result.name}`,
    `  memory       ${bytes(result.memory)}`,
    `  stood still  ${duration(result.stoodStill)}${options.leaveRunning ? '' : ', until the bundle was safe on the disk'}`,
    `  bundle       ${result.path}${options.out ? ` and ${options.out}` : ''}`,
    ...lacking.map(what => `  before that  ${BEFORE[what]}`),
    `  next         ${running}: ckpt thaw ${result.name}`,
  ].join('\n');
}
