/** The guest with all of systemd, whose boot takes longest: all that needs one shares it, and is one bundle. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine, vmSupport } from '../driver/index.js';
import { startMaskedService } from '../workloads/units/masked-service.js';
import { startPrivateMounts } from '../workloads/units/private-mounts.js';
import { startTalkingUnits } from '../workloads/units/talking-units.js';
import type { Units } from '../workloads/units/units.js';
import { settle } from './settle.js';
import { ckpt, ckptDisks, diary } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

describe.skipIf(!support.ok)(`units of systemd${why}`, () => {
  it('named as units and frozen as one bundle, live on from 6.12 to 7.2', async () => {
    const note = diary('units');
    const machine = await Machine.boot({
      kernel: '6.12',
      userland: 'trixie',
      kind: 'systemd',
      disks: await ckptDisks('4.2.1'),
      switchesTo: ['7.2'],
    });
    try {
      await settle(machine);
      note('settled');
      await machine.ok('systemctl start redis-server');
      assert.equal(await machine.ok('redis-cli ping'), 'PONG');
      await machine.ok('echo kept >/var/lib/ckpt/kept');

      const groups: Units[] = [];
      for (const start of [startMaskedService, startPrivateMounts, startTalkingUnits])
        groups.push(await start(machine, ckpt));
      note('units run');
      const targets = groups.flatMap(group => group.targets);
      await machine.ok(ckpt(`freeze ${targets.join(' ')} --name units`), { limit: 240 });
      note(`froze ${targets.length} units`);
      for (const group of groups) await group.checkFrozen(machine);

      await machine.kexec('7.2');
      await settle(machine);
      assert.match(machine.kernelRelease, /^7\.2\./);
      assert.equal(await machine.ok('cat /var/lib/ckpt/kept'), 'kept');
      const redis = await machine.sh('systemctl is-active redis-server');
      assert.equal(redis.stdout.trim(), 'inactive', 'what was not frozen is as after any boot');
      note(`settled on ${machine.kernelRelease}`);

      // By a service that is over when the thaw is, as somebody would have it done at boot.
      const oneshot = 'systemd-run --wait --collect --property=Type=oneshot --unit=thaw-at-boot';
      await machine.ok(`${oneshot} env ${ckpt('thaw units')}`, { limit: 300 });
      await machine.ok('sleep 2');
      note('thawed');
      for (const group of groups) await group.check(machine);
      note('nothing lost');
    } finally {
      await machine.stop();
    }
  });
});
