import { memoryLeft } from '../host/proc/memory.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';
import { mib } from '../mib.js';

/** What there is to say where a machine has less memory left than the pages of a bundle take; undefined where it has enough. */
export function memoryShortWarning(
  { manifest: { members } }: Pick<Bundle, 'manifest'>,
  left = memoryLeft(),
): string | undefined {
  const pages = members.filter(({ path }) => path.startsWith('memory/'));
  const needed = pages.reduce((sum, { size }) => sum + size, 0);
  if (left === undefined || needed <= left) return undefined;
  return (
    `its memory is ${mib(needed)}, and this machine has ${mib(left)} left with swap: the kernel may end the thaw, or ` +
    'other programs, when that runs out (the bundle stays as it is); end something, or add swap (swapon)'
  );
}
