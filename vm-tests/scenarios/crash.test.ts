/**
 * The machine crashes between the freeze and the switch, and what comes up is Debian 12, whose boots empty a /tmp on the disk: nothing that
 * the processes of a user have written is lost, nor their temporary files.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine } from '../driver/index.js';
import { checkUserJobs, startUserJobs } from '../workloads/user-jobs.js';
import { nightlySupport } from './nightly.js';
import { settle } from './settle.js';
import { ckpt, ckptDisks, diary } from './switch-kernels.js';

const support = await nightlySupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

describe.skipIf(!support.ok)(`a crash between freeze and switch${why}`, () => {
  it('costs the jobs of a user on Debian 12 nothing, from 6.1 to 6.12', async () => {
    const note = diary('crash');
    const machine = await Machine.boot({
      kernel: '6.1',
      userland: 'bookworm',
      kind: 'systemd',
      disks: await ckptDisks('3.17.1'),
      switchesTo: ['6.12'],
      append: ['ckpt.pids=as-they-come'],
    });
    try {
      await settle(machine);
      const pids = await startUserJobs(machine);
      note('the jobs run');
      await machine.ok(ckpt(`freeze ${pids.join(' ')} --name jobs --thaw-at-boot`), { limit: 400 });
      note('frozen');
      // What the crash costs who is not frozen.
      await machine.ok('echo lost >/root/lost; echo lost >/tmp/of-root');
      await machine.start(['sh', '-c', 'echo b >/proc/sysrq-trigger']);
      await machine.ended();
      await machine.powerCut('6.12');
      await settle(machine, { limit: 600, logOf: 'ckpt-thaw-jobs' });
      assert.match(machine.kernelRelease, /^6\.12\./);
      assert.equal(await machine.ok('cat /root/lost /tmp/of-root 2>/dev/null || true'), '');
      note(`thawed by the boot of ${machine.kernelRelease}`);
      await checkUserJobs(machine);
      note('nothing lost');
    } finally {
      await machine.stop();
    }
  });
});
