/** What units of systemd that are frozen and thawed look like to a scenario. */
import type { Machine } from '../../driver/index.js';

/** Units that run in a machine. */
export interface Units {
  /** As `ckpt freeze` takes them. */
  readonly targets: readonly string[];
  /** Options that their freeze needs. */
  readonly options?: string;
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

/** The program of a unit that prints a word and an ever higher number, every 0.2 s. */
export const counting = (word: string): string =>
  `python3 -uc "import itertools, time; [(print('${word}', n), time.sleep(0.2)) for n in itertools.count(1)]"`;

/** The numbers that such a program has printed since the boot, as the journal has them. */
export async function counted(machine: Machine, word: string): Promise<readonly number[]> {
  const journal = await machine.ok('journalctl -b -o cat --no-pager');
  return [...journal.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map(match => Number(match[1]));
}

/** Waits until it has printed some more. */
export async function countsOn(machine: Machine, word: string): Promise<void> {
  const before = (await counted(machine, word)).length;
  await machine.waitFor(async () => (await counted(machine, word)).length > before + 2, {
    limit: 60,
    what: `the output of ${word} to go on in the journal`,
  });
}
