/** Programs that note what they see, for tests of what becomes of their ties and files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, python, start, until } from './support.js';

export interface Witness {
  readonly pid: number;
  /** What it has noted so far, a line each. */
  notes(): readonly string[];
  /** Resolves when it has noted this. */
  notesOf(what: string): Promise<void>;
  /** Resolves when it notes anything more than until now. */
  goesOn(): Promise<void>;
}

/** Starts `programs/witness.py` and waits for its first note. */
export async function startWitness(verb: string, ...args: readonly string[]): Promise<Witness> {
  const journal = join(await folder(), 'journal');
  const script = join(import.meta.dirname, 'programs', 'witness.py');
  const { pid } = start(python, [script, journal, verb, ...args]);
  const notes = (): readonly string[] =>
    existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : [];
  await until(`${verb} to note something`, () => notes().length > 0);
  return {
    pid,
    notes,
    notesOf: async what => {
      await until(`the note "${what}" (there are: ${notes().slice(-3)})`, () => notes().includes(what));
    },
    goesOn: async () => {
      const before = notes().length;
      await until(`a note after ${notes().at(-1)}`, () => notes().length > before);
    },
  };
}
