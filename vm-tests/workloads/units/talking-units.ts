import assert from 'node:assert/strict';
import { prepareDialogue } from '../dialogue.js';
import { counted, counting, countOn, mainPid, type StartUnits } from './units.js';

/** Two services that send each other numbered messages, and one that prints to the journal. */
export const startTalkingUnits: StartUnits = async (machine, ckpt) => {
  const { commands, goOn } = await prepareDialogue(machine);
  for (const [index, command] of commands.entries())
    await machine.ok(`systemd-run --unit=talk-${index} -- ${command.join(' ')}`);
  // Whatever a unit prints goes to the journal, over a unix socket that nobody can freeze.
  await machine.ok(`systemd-run --unit=talk-2 -- ${counting('count')}`);
  await goOn(400, 400);
  const plan = await machine.ok(ckpt('freeze talk-0.service talk-1 --name talk --dry-run --json'));
  const roots = (JSON.parse(plan) as { trees: { root: number }[] }).trees.map(tree => tree.root);
  assert.deepEqual(roots, [await mainPid(machine, 'talk-0'), await mainPid(machine, 'talk-1')]);
  let last = 0;
  return {
    targets: ['talk-0.service', 'talk-1', 'talk-2'],
    async checkFrozen() {
      const again = await machine.sh(ckpt('freeze talk-0.service --name again --json'));
      assert.equal(again.status, 3);
      assert.match(again.stdout, /target-frozen/);
      last = Math.max(...(await counted(machine, ['count'])).count);
    },
    async check() {
      await goOn(1000, 400);
      await countOn(machine, ['count']);
      const { count: numbers } = await counted(machine, ['count']);
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => last + 1 + at),
      );
    },
  };
};
