import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type CheckOptions, gatherFacts, judge, versionOf, worst } from '../../src/checkpoint/check/index.js';
import { takeClosure } from '../../src/checkpoint/closure/index.js';
import { ANSWERS } from './zoo/answers.js';
import { CRIU, CRIU_VERSION, realVerdict } from './zoo/criu.js';
import { describeTies } from './zoo/describe.js';
import { startCreature } from './zoo/keeper.js';

const side = { kernel: versionOf(release()), criu: CRIU_VERSION };
const options: CheckOptions = { shellJob: false, tcp: 'established', ghostLimit: 2 ** 20 };

/** Each situation for real: the ties are exactly the answer's, and CRIU agrees with the verdict. */
describe('the clump zoo', () => {
  it('has the CRIU it is judged by (npm run toolbox)', () => {
    expect(existsSync(CRIU), CRIU).toBe(true);
  });

  for (const [name, answer] of Object.entries(ANSWERS)) {
    it(name.replaceAll('_', ' '), { timeout: 150_000 }, async () => {
      const creature = await startCreature(name);
      try {
        const closure = await takeClosure(creature.target);
        expect(describeTies(closure, creature)).toEqual(answer.ties);

        const trees = (await gatherFacts(creature.target, { freeze: side, thaw: side }, options)).map(facts =>
          judge(facts),
        );
        const because = trees.flatMap(tree =>
          tree.findings.filter(finding => finding.severity !== 'note').map(finding => finding.rule),
        );
        expect([...new Set(because)]).toEqual(answer.because);
        expect(worst(trees.map(tree => tree.verdict))).toBe(answer.verdict);

        const [root, ...others] = creature.target;
        if (root === undefined || others.length > 0) return;
        const reality = await realVerdict(root, creature.folder);
        if (answer.verdict === 'cannot')
          expect([reality.dump, reality.restore], reality.why).toContain('failed');
        if (answer.verdict === 'can' || answer.verdict === 'can-with-losses')
          expect([reality.dump, reality.restore], reality.why).toEqual(['ok', 'ok']);
      } finally {
        await creature.end();
      }
    });
  }
});
