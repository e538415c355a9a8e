import assert from 'node:assert/strict';
import type { Machine } from '../../driver/index.js';
import { counting, countOn, mainPid, type StartUnits } from './units.js';

/** What makes the mount namespaces of most units, by the name of the unit here. */
const SETTINGS = {
  'private-tmp': ['PrivateTmp=yes'],
  'private-devices': ['PrivateDevices=yes'],
  protected: [
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'ReadWritePaths=/var/lib',
    'InaccessiblePaths=/opt/criu',
  ],
  // A /proc of its own with single files in it, and the pressure file of a control group that goes with the unit.
  'kernel-protected': [
    'ProtectProc=invisible',
    'ProtectKernelTunables=yes',
    'ProtectControlGroups=yes',
    'PrivateIPC=yes',
  ],
  // Made after the mounts and the host name, so that CRIU refuses it.
  'private-users': [
    'PrivateUsers=yes',
    'User=games',
    'SupplementaryGroups=adm',
    'PrivateTmp=yes',
    'ProtectHostname=yes',
  ],
} as const;

/** Units with mounts of their own. */
export const startPrivateMounts: StartUnits = async (machine, ckpt) => {
  const names = Object.keys(SETTINGS);
  for (const [name, settings] of Object.entries(SETTINGS)) {
    const properties = settings.map(one => `-p ${one}`).join(' ');
    // Type=exec: else it returns while systemd still moves mounts to where the unit will have them.
    await machine.ok(`systemd-run --unit=${name} -p Type=exec ${properties} -- ${counting(name)}`);
  }
  const pids = await Promise.all(names.map(name => mainPid(machine, name)));
  const places = () => Promise.all(pids.map(pid => placesOf(machine, pid)));
  const before = await places();
  const [tmp, devices, strict, , users] = pids;
  const rights = () => machine.ok(`grep -E '^(Uid|Gid|Groups|Cap[PEA]|NoNew)' /proc/${users}/status`);
  const had = await rights();
  const file = `/proc/${tmp}/root/tmp/file`;
  await machine.ok(`touch ${file}`);
  const refused = await machine.sh(ckpt('freeze private-tmp --name refused --json'), { limit: 400 });
  assert.equal(refused.status, 3);
  assert.match(refused.stdout, /PrivateTmp=no/);
  await machine.ok(`rm ${file}`);
  return {
    targets: names,
    async checkFrozen() {
      assert.equal(await machine.ok(`ls -d /proc/${pids.join('/ns /proc/')}/ns 2>/dev/null || true`), '');
    },
    async check() {
      assert.deepEqual(await places(), before);
      await countOn(machine, names);
      await machine.ok(`touch /proc/${tmp}/root/tmp/mine && test ! -e /tmp/mine`);
      assert.equal(await machine.ok(`stat -c %a /proc/${tmp}/root/tmp`), '1777');
      assert.equal(await rights(), had);
      await machine.ok(`diff /proc/${users}/uid_map /proc/self/uid_map`);
      await machine.ok(`grep -q 'CapBnd:.0*$' /proc/${users}/status`);
      await machine.ok(`test -c /proc/${devices}/root/dev/null && test ! -e /proc/${devices}/root/dev/vda`);
      await machine.ok(`! touch /proc/${strict}/root/etc/mine && touch /proc/${strict}/root/var/lib/mine`);
      assert.equal(await machine.ok('grep -c "/var/lib/ckpt" /proc/self/mountinfo || true'), '0');
    },
  };
};

/** What a process has mounted where, as far as that is the same on every boot. */
async function placesOf(machine: Machine, pid: number): Promise<readonly string[]> {
  const table = await machine.ok(`cat /proc/${pid}/mountinfo`);
  const rows = table.split('\n').filter(line => line !== '');
  // CRIU leaves tracefs out. A mount under another (binfmt_misc under its automount) cannot be told from the one on top.
  return [...new Set(rows.map(row => row.split(' ')).map(([, , , root, place]) => `${place} ${root}`))]
    .filter(row => !/^\/(proc\/sys\/fs\/binfmt_misc|sys\/kernel\/tracing|tmp \/$)/.test(row))
    .sort();
}
