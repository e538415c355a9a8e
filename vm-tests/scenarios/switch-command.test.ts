/** `ckpt switch` on Debian 12, with the systemd of the year that many servers are from. Vagrant's machine does it with Debian 13's. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine } from '../driver/index.js';
import { counted, counting, countOn } from '../workloads/units/units.js';
import { nightlySupport } from './nightly.js';
import { settle } from './settle.js';
import { ckpt, ckptDisks, diary } from './switch-kernels.js';

const support = await nightlySupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;
const LOG = '/root/switch.log';

describe.skipIf(!support.ok)(`one command on Debian 12${why}`, () => {
  it('switches from 6.1 to the newest kernel in /boot, whose boot thaws two services', async () => {
    const note = diary('switch');
    const machine = await Machine.boot({
      kernel: '6.1',
      userland: 'bookworm',
      kind: 'systemd',
      disks: await ckptDisks('4.2.1'),
      switchesTo: ['6.12'],
      append: ['ckpt.pids=as-they-come'],
    });
    try {
      await settle(machine);
      await machine.ok(
        'cd /boot/ckpt-vm; for r in *; do cp $r/vmlinuz ../vmlinuz-$r; cp $r/initrd ../initrd.img-$r; done',
      );
      await machine.ok(`systemd-run --unit=count -- ${counting('count')}`);
      await machine.ok('systemctl start redis-server', { limit: 120 });
      assert.equal(await machine.ok('redis-cli set n 41'), 'OK');
      await countOn(machine, ['count']);
      const words = 'switch count.service redis-server.service --name both';
      const plan = await machine.ok(ckpt(`${words} --dry-run`), { limit: 300 });
      assert.match(plan, /and switch to 6\.12\./);
      note('planned');

      await machine.switchBy(['sh', '-c', ckpt(words)], { out: LOG });
      assert.match(machine.kernelRelease, /^6\.12\./, await machine.ok(`cat ${LOG}`));
      await settle(machine, { logOf: 'ckpt-thaw-both' });
      note(`thawed by the boot of ${machine.kernelRelease}`);
      assert.match(await machine.ok(ckpt('list'), { limit: 60 }), /^both +thawed /m);
      assert.equal(await machine.ok('redis-cli incr n'), '42');
      await countOn(machine, ['count']);
      const { count } = await counted(machine, ['count']);
      const first = count[0] ?? 0;
      assert.ok(first > 1, `it counts from ${first}`);
      assert.deepEqual(
        count,
        count.map((_, at) => first + at),
      );
    } finally {
      await machine.stop();
    }
  });
});
