import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine, vmSupport } from '../driver/index.js';
import { ckpt, ckptDisks } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

/** A service as packages bring them: enabled, and started again whenever it ends. */
const UNIT = `[Service]
ExecStart=/usr/bin/python3 -c "import time; [time.sleep(0.2) for _ in iter(int, 1)]"
Restart=always
RestartSec=100ms
StandardOutput=null
StandardError=null

[Install]
WantedBy=multi-user.target
`;

interface Verdict {
  readonly trees: readonly { readonly findings: readonly { readonly rule: string }[] }[];
}

describe.skipIf(!support.ok)(`a service of systemd across a kernel switch${why}`, () => {
  it('comes back as it was, and is not started a second time where it was masked as check says', async () => {
    const machine = await Machine.boot({
      kernel: '6.1',
      userland: 'trixie',
      kind: 'systemd',
      disks: await ckptDisks('4.2.1'),
    });
    try {
      await machine.write('/usr/lib/systemd/system/held.service', UNIT);
      await machine.ok('systemctl enable --now held');
      const main = Number(await machine.ok('systemctl show -P MainPID held'));
      assert.deepEqual(await serviceRules(machine), ['service-restarts', 'service-starts-at-boot']);
      await machine.ok('systemctl mask held');
      assert.deepEqual(await serviceRules(machine), []);

      await machine.ok(ckpt('freeze held.service --name held'), { limit: 120 });
      await machine.ok('sleep 3');
      assert.equal(await machine.ok('pgrep -fc "iter[(]int" || true'), '0');
      await machine.kexec('7.2');
      assert.equal(await machine.ok('pgrep -fc "iter[(]int" || true'), '0');
      const bus = async (): Promise<boolean> =>
        (await machine.sh('systemctl is-active dbus.socket')).status === 0;
      await machine.waitFor(bus, { limit: 120, what: 'the bus of the machine, which services start after' });
      // By a service that is over when the thaw is, as somebody would have it done at boot.
      const oneshot = 'systemd-run --wait --collect --property=Type=oneshot --unit=thaw-at-boot';
      await machine.ok(`${oneshot} env ${ckpt('thaw held')}`, { limit: 240 });
      await machine.ok('sleep 2');
      assert.equal(await machine.ok('pgrep -f "iter[(]int"'), String(main));
      const scope = `ckpt-held-${main}.scope`;
      assert.equal(await machine.ok(`systemctl show -P ActiveState ${scope}`), 'active');
      await machine.ok('systemctl unmask held');
      assert.equal(await machine.ok('pgrep -f "iter[(]int"'), String(main));
      // And it can be frozen again, as what it is now.
      await machine.ok(ckpt(`freeze ${scope} --name again`), { limit: 120 });
      await machine.ok(ckpt('thaw again'), { limit: 240 });
      assert.equal(await machine.ok('pgrep -f "iter[(]int"'), String(main));
    } finally {
      await machine.stop();
    }
  });
});

/** What check says of the service because it is one. */
async function serviceRules(machine: Machine): Promise<readonly string[]> {
  const { stdout } = await machine.sh(ckpt('check held.service --json'));
  const { trees } = JSON.parse(stdout) as Verdict;
  return trees
    .flatMap(tree => tree.findings.map(finding => finding.rule))
    .filter(id => id.startsWith('service-'));
}
