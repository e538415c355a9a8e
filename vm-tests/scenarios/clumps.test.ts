import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine, vmSupport } from '../driver/index.js';
import { dialogue, prepareDialogue } from '../workloads/dialogue.js';
import { terminals } from '../workloads/terminals.js';
import { ckpt, ckptDisks, switchKernels } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

describe.skipIf(!support.ok)(`what belongs together${why}`, () => {
  it('services in the middle of a talk, and a tmux with all its windows, live on from 6.1 to 7.2', async () => {
    await switchKernels({ from: '6.1', to: '7.2', userland: 'trixie', criu: '4.2.1' }, [dialogue, terminals]);
  });

  it('two systemd units, named as units, are frozen as one bundle and lose no message', async () => {
    const machine = await Machine.boot({
      kernel: '6.12',
      userland: 'trixie',
      kind: 'systemd',
      disks: await ckptDisks('4.2.1'),
    });
    try {
      const { commands, goOn } = await prepareDialogue(machine);
      for (const [index, command] of commands.entries())
        await machine.ok(`systemd-run --unit=talk-${index} -- ${command.join(' ')}`);
      await goOn(2000, 60);
      const plan = await machine.ok(ckpt('freeze talk-0.service talk-1 --name talk --dry-run --json'));
      const roots = (JSON.parse(plan) as { trees: { root: number }[] }).trees.map(tree => tree.root);
      for (const [index, root] of roots.entries()) {
        const main = await machine.ok(`systemctl show -P MainPID talk-${index}`);
        assert.equal(Number(main), root);
      }
      await machine.ok(ckpt('freeze talk-0.service talk-1 --name talk'), { limit: 120 });
      const idle = await machine.sh(ckpt('freeze talk-0.service --name again --json'));
      assert.equal(idle.status, 3);
      assert.match(idle.stdout, /target-unit-idle/);
      await machine.ok(ckpt('thaw talk'), { limit: 240 });
      await goOn(10_000, 180);
    } finally {
      await machine.stop();
    }
  });
});
