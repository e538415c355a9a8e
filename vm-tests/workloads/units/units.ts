/** What units of systemd that are frozen and thawed look like to a scenario. */
import type { Machine } from '../../driver/index.js';

/** Units that run in a machine. */
export interface Units {
  /** As `ckpt freeze` takes them. */
  readonly targets: readonly string[];
  /** While they are frozen, under the kernel that they ran on: fails when one of them is there nevertheless. */
  checkFrozen(machine: Machine): Promise<void>;
  /** After the thaw: waits for signs of life, and fails when anything was lost. */
  check(machine: Machine): Promise<void>;
  /** Ends what of them is outside the machine. */
  close?(): void;
}

/** Starts units, and fails when what `ckpt` says of them beforehand is wrong. `ckpt` makes a line of shell that runs it. */
export type StartUnits = (machine: Machine, ckpt: (args: string) => string) => Promise<Units>;

/** The main process of a unit. */
export async function mainPid(machine: Machine, unit: string): Promise<number> {
  return Number(await machine.ok(`systemctl show -P MainPID ${unit}`));
}

/** The program of a unit that prints a word and an ever higher number, every 0.5 s. */
export const counting = (word: string): string =>
  `python3 -uc "import itertools, time; [(print('${word}', n), time.sleep(0.5)) for n in itertools.count(1)]"`;

/** The numbers that such programs have printed since the boot, by word, as the journal has them. */
export async function counted<Word extends string>(
  machine: Machine,
  words: readonly Word[],
): Promise<Readonly<Record<Word, readonly number[]>>> {
  // Each reading takes seconds on an emulated processor: one for all of them, and of no more than they have printed.
  const journal = await machine.ok('journalctl -b -t python3 -o cat --no-pager');
  const numbers = (word: Word): readonly number[] =>
    [...journal.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map(match => Number(match[1]));
  return Object.fromEntries(words.map(word => [word, numbers(word)])) as Record<Word, readonly number[]>;
}

/** Waits until each has printed some more. */
export async function countOn(machine: Machine, words: readonly string[]): Promise<void> {
  const before = await counted(machine, words);
  await machine.waitFor(
    async () => {
      const now = await counted(machine, words);
      return words.every(word => (now[word]?.length ?? 0) > (before[word]?.length ?? 0) + 2);
    },
    { limit: 400, what: `the output of ${words.join(', ')} to go on in the journal`, every: 1 },
  );
}
