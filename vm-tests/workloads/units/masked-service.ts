import assert from 'node:assert/strict';
import type { Machine } from '../../driver/index.js';
import { mainPid, type StartUnits } from './units.js';

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

/** A service that systemd would start a second time, were it not masked as `ckpt check` says. */
export const startMaskedService: StartUnits = async (machine, ckpt) => {
  await machine.write('/usr/lib/systemd/system/held.service', UNIT);
  await machine.ok('systemctl enable --now held');
  const main = await mainPid(machine, 'held');
  assert.deepEqual(await serviceRules(machine, ckpt), ['service-restarts', 'service-starts-at-boot']);
  await machine.ok('systemctl mask held');
  assert.deepEqual(await serviceRules(machine, ckpt), []);
  return {
    targets: ['held.service'],
    async checkFrozen() {
      await machine.ok('sleep 3');
      assert.equal(await processes(machine), '');
    },
    async check() {
      assert.equal(await processes(machine), String(main));
      const scope = await machine.ok(`ps -o unit= -p ${main}`);
      assert.match(scope, new RegExp(`^ckpt-.*-${main}\\.scope$`));
      assert.equal(await machine.ok(`systemctl show -P ActiveState ${scope}`), 'active');
      await machine.ok('systemctl unmask held');
      assert.equal(await processes(machine), String(main));
      // And it can be frozen again, as what it is now.
      await machine.ok(ckpt(`freeze ${scope} --name again`), { limit: 120 });
      await machine.ok(ckpt('thaw again'), { limit: 240 });
      assert.equal(await processes(machine), String(main));
    },
  };
};

/** The PIDs of all that run the service's program, a line each. */
const processes = (machine: Machine): Promise<string> => machine.ok('pgrep -f "iter[(]int" || true');

/** What check says of the service because it is one. */
async function serviceRules(machine: Machine, ckpt: (args: string) => string): Promise<readonly string[]> {
  const { stdout } = await machine.sh(ckpt('check held.service --json'));
  const { trees } = JSON.parse(stdout) as Verdict;
  return trees
    .flatMap(tree => tree.findings.map(finding => finding.rule))
    .filter(id => id.startsWith('service-'));
}
