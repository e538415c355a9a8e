/** What the next kernel does not have: refused by name, beforehand where the kernel is named, and at the thaw always. */
import { describe, expect, it } from 'vitest';
import { Machine, vmSupport } from '../driver/index.js';
import { bygone } from '../programs/program-trees.js';
import { askPrograms, leaderOf, startPrograms, wrongs } from './program-set.js';
import { ckpt, ckptDisks } from './switch-kernels.js';
import { freezeAndSwitch } from './switch-programs.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;
const limit = 400;

describe.skipIf(!support.ok)(`UDP-Lite, which 7.2 does not have${why}`, () => {
  it('is refused by name, and lives on where it is known', async () => {
    const trees = [bygone];
    const machine = await Machine.boot({
      kernel: '6.1',
      userland: 'bookworm',
      disks: await ckptDisks('4.2.1'),
      switchesTo: ['7.2', '6.12'],
    });
    try {
      await startPrograms(machine, trees);
      const pid = await leaderOf(machine, bygone);
      const beforehand = await machine.sh(ckpt(`freeze ${pid} --for-kernel 7.2`), { limit });
      expect([beforehand.status, beforehand.stderr]).toEqual([3, expect.stringContaining('UDP-Lite')]);
      expect(wrongs(await askPrograms(machine, trees)), 'it was not stopped').toEqual([]);

      await freezeAndSwitch(machine, trees, '7.2', 'lite', ckpt);
      const atTheThaw = await machine.sh(ckpt('thaw lite'), { limit });
      expect([atTheThaw.status, atTheThaw.stderr]).toEqual([4, expect.stringContaining('UDP-Lite')]);
      expect((await machine.sh(`test -e /proc/${pid}`)).status, 'nothing was restored').toBe(1);

      await machine.kexec('6.12');
      await machine.ok(ckpt('thaw lite'), { limit });
      expect(wrongs(await askPrograms(machine, trees))).toEqual([]);
    } finally {
      await machine.stop();
    }
  });
});
