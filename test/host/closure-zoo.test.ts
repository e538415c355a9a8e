import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ANSWERS } from './zoo/answers.js';
import { CRIU } from './zoo/criu.js';
import { judgeCreature } from './zoo/judge-creature.js';
import { startCreature } from './zoo/keeper.js';

describe('the clump zoo', () => {
  it('has the CRIU it is judged by (npm run toolbox)', () => {
    expect(existsSync(CRIU), CRIU).toBe(true);
  });

  for (const [name, answer] of Object.entries(ANSWERS))
    it(name.replaceAll('_', ' '), { timeout: 150_000 }, async () => {
      await judgeCreature(await startCreature(name), answer);
    });
});
