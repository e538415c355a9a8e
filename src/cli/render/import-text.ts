import type { ImportResult } from '../../conversion/import.js';
import { placementsText } from './placements.js';
import { printable } from './text.js';
import { bytes, count } from './units.js';

const SURE = {
  told: 'as you say',
  certain: 'certain: every other known release is ruled out',
  likely: 'likely: {others} would fit, too',
  guess: 'a guess: the images contradict every known release',
} as const;

/** What `ckpt import` says when it is done. Pure. */
export function importText({ name, path, recognised, trees, memory, placements }: ImportResult): string {
  const what = trees
    .map(tree => `${tree.command} (PID ${tree.root}, ${count(tree.processes, 'process', 'processes')})`)
    .join(', ');
  const others = recognised.candidates.filter(one => one !== recognised.criu).join(', ');
  return [
    `imported ${what} as the bundle ${name}`,
    `  written by   CRIU ${recognised.criu} (${SURE[recognised.sure].replace('{others}', others)})`,
    `  memory       ${bytes(memory)}${placementsText(placements)}`,
    `  bundle       ${path}`,
    `  next         ckpt thaw ${name}`,
  ]
    .map(printable)
    .join('\n');
}
