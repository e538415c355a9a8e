import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine, vmSupport } from '../driver/index.js';
import { ckpt, ckptDisks } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

/** What makes the mount namespaces of most units, by the name of the unit here. */
const UNITS: Readonly<Record<string, readonly string[]>> = {
  'private-tmp': ['PrivateTmp=yes'],
  'private-devices': ['PrivateDevices=yes'],
  protected: [
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'ReadWritePaths=/var/lib',
    'InaccessiblePaths=/opt/criu',
  ],
};
const names = Object.keys(UNITS);

describe.skipIf(!support.ok)(`units with mounts of their own${why}`, () => {
  it('live on from 6.12 to 7.2, each in mounts as before', async () => {
    const machine = await Machine.boot({
      kernel: '6.12',
      userland: 'trixie',
      kind: 'systemd',
      disks: await ckptDisks('4.2.1'),
      switchesTo: ['7.2'],
    });
    try {
      for (const [name, settings] of Object.entries(UNITS)) {
        const counting = `import itertools, time; [(print('${name}', n), time.sleep(0.5)) for n in itertools.count(1)]`;
        const properties = settings.map(one => `-p ${one}`).join(' ');
        await machine.ok(`systemd-run --unit=${name} ${properties} -- python3 -uc "${counting}"`);
      }
      const pids = await Promise.all(names.map(name => machine.ok(`systemctl show -P MainPID ${name}`)));
      const before = await Promise.all(pids.map(pid => placesOf(machine, Number(pid))));
      const files = `touch /proc/${Number(pids[0])}/root/tmp/file`;
      await machine.ok(files);
      const refused = await machine.sh(ckpt('freeze private-tmp --name all --json'), { limit: 120 });
      assert.equal(refused.status, 3);
      assert.match(refused.stdout, /PrivateTmp=no/);
      await machine.ok(files.replace('touch', 'rm'));
      await machine.ok(ckpt(`freeze ${names.join(' ')} --name all`), { limit: 180 });
      await machine.kexecLoad('7.2');
      await machine.kexecExec();
      await machine.ok(ckpt('thaw all'), { limit: 240 });
      const after = await Promise.all(pids.map(pid => placesOf(machine, Number(pid))));
      assert.deepEqual(after, before);
      for (const name of names) {
        const counted = async (): Promise<number> => (await printedBy(machine, name)).length;
        const first = await counted();
        await machine.waitFor(async () => (await counted()) > first + 2, {
          limit: 60,
          what: `the output of ${name} to go on`,
        });
      }
      const [tmp, devices, strict] = pids.map(Number);
      await machine.ok(`touch /proc/${tmp}/root/tmp/mine && test ! -e /tmp/mine`);
      assert.equal(await machine.ok(`stat -c %a /proc/${tmp}/root/tmp`), '1777');
      await machine.ok(`test -c /proc/${devices}/root/dev/null && test ! -e /proc/${devices}/root/dev/vda`);
      await machine.ok(`! touch /proc/${strict}/root/etc/mine && touch /proc/${strict}/root/var/lib/mine`);
      assert.equal(await machine.ok('grep -c "/var/lib/ckpt" /proc/self/mountinfo || true'), '0');
    } finally {
      await machine.stop();
    }
  });
});

/** What a process has mounted where, as far as that is the same on every boot. */
async function placesOf(machine: Machine, pid: number): Promise<readonly string[]> {
  const table = await machine.ok(`cat /proc/${pid}/mountinfo`);
  const rows = table.split('\n').filter(line => line !== '');
  // CRIU leaves tracefs out. A mount under another (binfmt_misc under its automount) cannot be told from the one on top.
  return [...new Set(rows.map(row => row.split(' ')).map(([, , , root, place]) => `${place} ${root}`))]
    .filter(row => !/^\/(proc\/sys\/fs\/binfmt_misc|sys\/kernel\/tracing|tmp \/$)/.test(row))
    .sort();
}

/** The lines that a unit printed since the boot, as the journal has them. */
async function printedBy(machine: Machine, name: string): Promise<readonly string[]> {
  const journal = await machine.ok('journalctl -b -o cat --no-pager');
  return journal.split('\n').filter(line => line.startsWith(`${name} `));
}
