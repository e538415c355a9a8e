import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';
import { EVERYDAY_ANSWERS } from './zoo/everyday-answers.js';
import { judgeCreature } from './zoo/judge-creature.js';
import { PROGRAM_ANSWERS } from './zoo/program-answers.js';
import { NEEDS, startProgram } from './zoo/programs.js';

/** Skipped, and reported so, where the program is not installed (apt-get install names: see NEEDS). */
describe('real programs', () => {
  for (const [name, answer] of Object.entries({ ...PROGRAM_ANSWERS, ...EVERYDAY_ANSWERS }))
    it.skipIf(!(NEEDS[name] ?? []).every(path => existsSync(path)))(
      name.replaceAll('_', ' '),
      { timeout: 180_000 },
      async () => {
        await judgeCreature(await startProgram(name), answer);
      },
    );
});
