/**
 * The guest with all of systemd, whose boot takes longest: all that needs one shares it, and is one bundle; by night also one that
 * this boot cannot thaw, and one is frozen a second time.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine, vmSupport } from '../driver/index.js';
import { BLOCKED_PORT, BLOCKED_THAW, BlockedService } from '../workloads/units/blocked-service.js';
import { heldService } from '../workloads/units/held-service.js';
import {
  MEMCACHED_PORT,
  SERVICE_PACKAGES,
  startPackagedServices,
} from '../workloads/units/packaged-services.js';
import { startPrivateMounts } from '../workloads/units/private-mounts.js';
import { startTalkingUnits } from '../workloads/units/talking-units.js';
import { mainPid, type StartUnits, type Units } from '../workloads/units/units.js';
import { nightlySupport } from './nightly.js';
import { settle } from './settle.js';
import { ckpt, ckptDisks, diary } from './switch-kernels.js';

const support = await vmSupport();
const long = await nightlySupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;
const starts: readonly StartUnits[] = [
  startPackagedServices,
  heldService(long.ok),
  startPrivateMounts,
  startTalkingUnits,
];

/** For what hangs: a machine that others use takes twice as long as it takes alone. */
const timeout = 2_400_000;

describe.skipIf(!support.ok)(`units of systemd${why}`, () => {
  it('named as units and frozen as one bundle, live on from 6.12 to 7.2', { timeout }, async () => {
    const note = diary('units');
    const machine = await Machine.boot({
      kernel: '6.12',
      userland: 'trixie',
      kind: 'systemd',
      memory: 2048,
      packages: SERVICE_PACKAGES,
      disks: await ckptDisks('4.2.1'),
      switchesTo: ['7.2'],
      forwards: [MEMCACHED_PORT, BLOCKED_PORT],
      // That nothing of the next boot takes their PIDs is for the guard to see to, which --thaw-at-boot installs.
      append: ['ckpt.pids=as-they-come'],
    });
    const groups: Units[] = [];
    let blocked: BlockedService | undefined;
    try {
      // A service that is restarted while it starts for the first time may keep systemctl waiting.
      await settle(machine);
      note('settled');
      await machine.ok('echo kept >/var/lib/ckpt/kept');
      for (const start of starts) {
        groups.push(await start(machine, ckpt));
        note(`${groups.at(-1)?.targets.join(', ')} run`);
      }
      // In the way of this one is what the next boot starts: that takes nothing from the other, whose guard is the same.
      if (long.ok) {
        blocked = await BlockedService.freeze(machine, ckpt);
        note('froze one that the boot cannot thaw');
      }
      const targets = groups.flatMap(group => group.targets);
      await machine.ok(ckpt(`freeze ${targets.join(' ')} --name units --thaw-at-boot`), { limit: 600 });
      note(`froze ${targets.length} units`);
      for (const group of groups) await group.checkFrozen(machine);

      await machine.kexec('7.2');
      // That one of the boot's units thaws them belongs to it.
      await settle(machine, {
        limit: 600,
        ...(blocked && { failing: BLOCKED_THAW }),
        logOf: 'ckpt-thaw-units',
      });
      assert.match(machine.kernelRelease, /^7\.2\./);
      assert.equal(await machine.ok('cat /var/lib/ckpt/kept'), 'kept');
      // What systemd starts first has a number behind those of the frozen already, and behind those left to the kernel.
      assert.ok((await mainPid(machine, 'systemd-journald')) > 2000);
      note(`thawed by the boot of ${machine.kernelRelease}`);
      if (blocked !== undefined) {
        await blocked.mend(machine);
        note('thawed the one that the boot could not, with its client');
      }
      for (const group of groups) {
        await group.check(machine);
        note(`nothing lost of ${group.targets.join(', ')}`);
      }
    } finally {
      blocked?.close();
      for (const group of groups) group.close?.();
      await machine.stop();
    }
  });
});
