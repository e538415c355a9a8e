import { release } from 'node:os';
import { expect } from 'vitest';
import {
  type CheckOptions,
  DEFAULTS,
  gatherFacts,
  judgeAll,
  mountsToKeep,
  versionOf,
  worst,
} from '../../../src/checkpoint/check/index.js';
import { takeClosure } from '../../../src/checkpoint/closure/index.js';
import { endRules } from '../end-rules.js';
import type { Answer } from './answer.js';
import { CRIU_VERSION, realVerdict, realVerdictOfCkpt } from './criu.js';
import { describeTies } from './describe.js';
import type { Creature } from './keeper.js';

const side = { kernel: versionOf(release()), criu: CRIU_VERSION };
const options: CheckOptions = { ...DEFAULTS, ghostLimit: 2 ** 20 };

/**
 * Holds a creature against its answer: the ties are exactly those, the verdict and its reasons too, and CRIU, asked
 * for real, agrees: what "can" is dumped and restored, what "cannot" fails at one of both. Ends the creature.
 */
export async function judgeCreature(creature: Creature, answer: Answer): Promise<void> {
  try {
    const closure = await takeClosure(creature.target);
    expect(describeTies(closure, creature)).toEqual(answer.ties);

    const seen = await gatherFacts(creature.target);
    const trees = judgeAll(seen, { freeze: side, thaw: side }, () => options);
    const because = trees.flatMap(tree =>
      tree.findings.filter(finding => finding.severity !== 'note').map(finding => finding.rule),
    );
    if (answer.because !== undefined) expect([...new Set(because)]).toEqual(answer.because);
    expect(worst(trees.map(tree => tree.verdict))).toBe(answer.verdict);

    const [root, ...others] = creature.target;
    // Several trees are ckpt's own affair: raw CRIU takes one.
    if (root === undefined || others.length > 0) return;
    const kept = seen[0] === undefined ? undefined : mountsToKeep(seen[0]);
    const reality =
      answer.by === 'ckpt'
        ? await realVerdictOfCkpt(root, creature.folder)
        : await realVerdict(root, creature.folder, [], undefined, kept);
    if (answer.verdict === 'cannot') expect([reality.dump, reality.restore], reality.why).toContain('failed');
    if (answer.verdict === 'can' || answer.verdict === 'can-with-losses')
      expect([reality.dump, reality.restore], reality.why).toEqual(['ok', 'ok']);
  } finally {
    // What was not restored is kept silent still.
    await endRules([creature.folder], creature.target);
    await creature.end();
  }
}
