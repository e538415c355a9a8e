import type { Placement } from '../../image-format/bundle/place-file.js';

const WORDS: Readonly<Record<Placement, string>> = {
  reflinked: 'blocks shared with the source',
  linked: 'hard-linked with the source',
  copied: 'copied by the kernel',
};

/** How pages came to their place, in words after a comma; nothing where there are none. Pure. */
export function placementsText(placements: readonly Placement[]): string {
  const ways = [...new Set(placements)].map(way => WORDS[way]);
  return ways.length === 0 ? '' : `, ${ways.join(', ')}`;
}
