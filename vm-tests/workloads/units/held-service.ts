import assert from 'node:assert/strict';
import type { Machine } from '../../driver/index.js';
import { mainPid, type StartUnits } from './units.js';

const PROGRAM = '/usr/lib/held.py';
/** Answers everybody with its PID, on the socket that systemd gives it. */
const ANSWERS = `import os, socket
listening = socket.socket(fileno=3)
while True:
    client, _ = listening.accept()
    client.sendall(b"%d\\n" % os.getpid())
    client.close()
`;

/** A service as packages bring them: enabled, started again whenever it ends, and with something to be done then. */
const UNIT = `[Unit]
Requires=held.socket

[Service]
Type=exec
ExecStart=/usr/bin/python3 ${PROGRAM}
ExecStopPost=/usr/bin/touch /root/held-tidied-up
Restart=always
RestartSec=100ms
Slice=held-back.slice
MemoryMax=500M
TasksMax=infinity
CPUWeight=77
TimeoutStopSec=infinity
IPAddressDeny=10.99.0.0/16
StandardOutput=null
StandardError=null

[Install]
WantedBy=multi-user.target
`;
const SOCKET = `[Socket]
ListenStream=/run/held.sock

[Install]
WantedBy=sockets.target
`;

/** Is stopped when the service is not there any more. */
const FOLLOWER = `[Unit]
BindsTo=held.service
After=held.service

[Service]
ExecStart=/usr/bin/sleep infinity
`;

/** A job of two commands, frozen in the first: the second must not begin, as it does after a success of the first. */
const JOB = `[Service]
Type=oneshot
ExecStart=/usr/bin/sleep 31415
ExecStart=/usr/bin/touch /root/job-went-on
StandardOutput=null
StandardError=null
`;
const JOB_RUNS = "pgrep -f '^/usr/bin/sleep 31415$'";

/** What a scope has of that. */
const LIMITS = {
  Slice: 'held-back.slice',
  MemoryMax: String(500 * 2 ** 20),
  TasksMax: 'infinity',
  CPUWeight: '77',
  TimeoutStopUSec: 'infinity',
  IPAddressDeny: '10.99.0.0/16',
};

/** A CRIU that begins a dump and does nothing, until it is told to give up. */
const WAITING_CRIU = `#!/bin/sh
case "$1" in
dump)
  touch /root/dumping
  while [ -e /root/dumping ]; do sleep 0.1; done
  exit 1
  ;;
esac
exec /opt/criu/criu "$@"
`;
const KILLED_FREEZE = `CKPT_CRIU=/root/waiting-criu /opt/ckpt/ckpt freeze held.service --name killed >/dev/null 2>&1 &
until [ -e /root/dumping ]; do sleep 0.1; done
kill -9 $!
rm /root/dumping`;

const NOT_THERE = "ls: cannot access '/root/held-tidied-up': No such file or directory";

const ASK = 'socat -u UNIX-CONNECT:/run/held.sock -';

interface Verdict {
  readonly trees: readonly {
    readonly verdict: string;
    readonly findings: readonly { readonly rule: string }[];
  }[];
}

/**
 * A service that systemd would start a second time, at once and at the next boot, were it not held back.
 * @param long whether it is also frozen again after the switch, as a scope, which takes minutes on an emulated processor
 */
export const heldService =
  (long: boolean): StartUnits =>
  async (machine, ckpt) => {
    await machine.write(PROGRAM, ANSWERS);
    await machine.write('/usr/lib/systemd/system/held.service', UNIT);
    await machine.write('/usr/lib/systemd/system/held.socket', SOCKET);
    await machine.ok('systemctl enable --now held.socket held.service');
    const main = await mainPid(machine, 'held');
    assert.equal(await machine.ok(ASK), String(main));
    const { verdict, findings } = await judged(machine, ckpt);
    assert.deepEqual(
      [verdict, findings.filter(({ rule }) => rule.startsWith('service-'))],
      ['can', [{ rule: 'service-held-back' }]],
    );
    await machine.write('/run/systemd/system/held-follower.service', FOLLOWER);
    await machine.write('/usr/lib/systemd/system/held-job.service', JOB);
    await machine.ok(
      'systemctl daemon-reload; systemctl start held-follower; systemctl start --no-block held-job',
    );
    const { findings: bound } = await judged(machine, ckpt);
    assert.deepEqual(bound[0], { rule: 'service-takes-along' });
    await machine.ok('systemctl stop held-follower; rm /run/systemd/system/held-follower.service');
    const job = await machine.ok(JOB_RUNS);
    // One that is refused, here for its name, leaves the service as it is.
    const refused = await machine.sh(
      ckpt('freeze held.service --name held --file /nowhere/*=reopen --break no-such-tie'),
    );
    assert.notEqual(refused.status, 0);
    assert.equal(await machine.ok('ls /etc/systemd/system | grep -c ^held.service.d || true'), '0');
    // Killed between what systemd was told and the seal, it leaves a service that runs on, and what the next command takes back.
    await machine.write('/root/waiting-criu', WAITING_CRIU);
    await machine.ok('chmod +x /root/waiting-criu');
    await machine.ok(KILLED_FREEZE, { limit: 400 });
    assert.equal(await machine.ok('systemctl show -P Restart -P ActiveState held'), 'no\nactive');
    await machine.sh(ckpt('rm no-such-bundle'));
    assert.equal(await machine.ok('systemctl show -P Restart -P ActiveState held'), 'always\nactive');
    assert.equal(await machine.ok(ASK), String(main));
    return {
      targets: ['held.service', 'held-job.service'],
      async checkFrozen() {
        await machine.ok('sleep 3; systemctl start held.socket held.service');
        assert.notEqual((await machine.sh(ASK)).status, 0);
        assert.equal(await processes(machine), '');
        await machine.ok('! test -e /root/job-went-on');
        assert.equal(await machine.ok('systemctl list-units --failed --plain --no-legend'), '');
      },
      async check() {
        assert.equal(await machine.ok(JOB_RUNS), job);
        await machine.ok('! test -e /root/job-went-on');
        assert.equal(await processes(machine), String(main));
        assert.equal(await machine.ok(ASK), String(main));
        const scope = await scopeOf(machine, main);
        assert.equal(await machine.ok(`systemctl show -P ActiveState ${scope}`), 'active');
        for (const [name, value] of Object.entries(LIMITS))
          assert.equal(await machine.ok(`systemctl show -P ${name} ${scope}`), value);
        await machine.ok('systemctl restart held');
        assert.equal(await processes(machine), String(main));
        if (long) await freezeAgain(machine, ckpt, main);
        // Who wants the service itself back ends the scope first.
        await machine.ok(`systemctl start held; systemctl stop ${await scopeOf(machine, main)}`);
        assert.equal(await processes(machine), '');
        await machine.ok('systemctl start held');
        assert.equal(await processes(machine), String(await mainPid(machine, 'held')));
        if (long) {
          const removed = await machine.ok(ckpt('rm again'), { limit: 400 });
          assert.match(removed, /no longer held back: .*held\.service/);
        }
        // Thawed in the same boot, it is told no more how to end.
        await machine.ok(ckpt('freeze held.service --name same-boot'), { limit: 400 });
        assert.equal(await machine.ok('systemctl show -P Restart -P ActiveState held'), 'no\ninactive');
        await machine.ok(ckpt('thaw same-boot'), { limit: 400 });
        assert.equal(await machine.ok(ASK), await processes(machine));
        assert.equal(await machine.ok('systemctl show -P Restart held'), 'always');
        assert.equal(await machine.ok('ls /root/held-tidied-up 2>&1 || true'), NOT_THERE);
      },
    };
  };

/** After a switch it can be frozen again, by the name that everybody knows. */
async function freezeAgain(machine: Machine, ckpt: (args: string) => string, main: number): Promise<void> {
  await machine.ok(ckpt('freeze held.service --name again'), { limit: 400 });
  await machine.ok('systemctl start held');
  assert.equal(await processes(machine), '');
  await machine.ok(ckpt('thaw again'), { limit: 400 });
  assert.equal(await processes(machine), String(main));
}

async function scopeOf(machine: Machine, pid: number): Promise<string> {
  const scope = await machine.ok(`ps -o unit= -p ${pid}`);
  assert.match(scope, new RegExp(`^ckpt-.*-${pid}\\.scope$`));
  return scope;
}

/** The PIDs of all that run the service's program, a line each. */
const processes = (machine: Machine): Promise<string> => machine.ok("pgrep -f 'held[.]py' || true");

/** What check says of the service. */
async function judged(machine: Machine, ckpt: (args: string) => string): Promise<Verdict['trees'][number]> {
  const { stdout } = await machine.sh(ckpt('check held.service --json'));
  const [tree] = (JSON.parse(stdout) as Verdict).trees;
  assert.ok(tree, stdout);
  return { verdict: tree.verdict, findings: tree.findings.map(({ rule }) => ({ rule })) };
}
