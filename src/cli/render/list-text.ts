import type { BootThawState } from '../../host/systemd/boot-thaws.js';
import type { AwayBundle } from '../../host/systemd/held-back.js';
import { bootUnit } from '../../host/systemd/unit-files.js';
import { shellWord } from './shell-word.js';
import { stateInWords } from './show-words.js';
import type { Style } from './style.js';
import { table } from './table.js';
import { ago, bytes } from './units.js';

/** A bundle of the store, as a list shows it. */
export interface ListedBundle {
  readonly name: string;
  readonly path: string;
  readonly state: string;
  /** Whether its processes ran on. */
  readonly copy: boolean;
  /** ISO 8601. */
  readonly frozenAt: string;
  readonly kernel: string;
  readonly criu: string;
  /** In bytes, of all its members. */
  readonly size: number;
  readonly trees: readonly { readonly root: number; readonly command: string; readonly processes: number }[];
}

/** Pure. `now` in milliseconds since 1970, by which it says how long ago they were frozen. */
export function listTable(
  bundles: readonly ListedBundle[],
  now: number,
  look: { readonly width: number; readonly style: Style },
): string {
  return table(
    [
      { heading: 'NAME' },
      { heading: 'STATE' },
      { heading: 'FROZEN' },
      { heading: 'KERNEL' },
      { heading: 'SIZE', align: 'right' },
      { heading: 'PROCESSES' },
    ],
    bundles.map(({ name, state, copy, frozenAt, kernel, size, trees }) => [
      name,
      stateInWords(state, copy),
      ago(Date.parse(frozenAt), now),
      kernel,
      bytes(size),
      trees.map(treeInWords).join(' '),
    ]),
    look,
  );
}

function treeInWords({ command, root, processes }: ListedBundle['trees'][number]): string {
  return `${command}[${root}]${processes > 1 ? `+${processes - 1}` : ''}`;
}

const BOOT_THAW: Readonly<Record<BootThawState, { readonly what: string; readonly next: string }>> = {
  failed: { what: 'this boot could not thaw', next: 'systemctl status' },
  running: { what: 'this boot is now thawing', next: 'systemctl status' },
  untried: {
    what: 'this boot has not got to the thaw of',
    next: 'a boot that ended in a shell goes on with systemctl default; or systemctl start',
  },
};

/** Pure: what is to be known of a bundle that this boot has not brought back. */
export function bootThawText(name: string, state: BootThawState): string {
  const { what, next } = BOOT_THAW[state];
  return `${what} ${name}: ${next} ${shellWord(bootUnit(name))}`;
}

/** Pure: what an administrator sees of a bundle whose disk has not come. */
export function awayText({ name, place, thawedAtBoot, units }: AwayBundle, store: string): string {
  const again = thawedAtBoot
    ? `systemctl start ${shellWord(bootUnit(name))}`
    : `ckpt thaw ${shellWord(name)}`;
  const held = units.length === 0 ? '' : ` (${units.join(', ')} waits for it)`;
  return `the bundle ${name} is in ${store}, which is not mounted${held}; type: mount ${shellWord(place)}; then: ${again}`;
}
