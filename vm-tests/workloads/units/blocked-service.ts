import assert from 'node:assert/strict';
import type { Machine } from '../../driver/index.js';
import { LineClient } from '../line-client.js';
import { mainPid } from './units.js';

/** Where it listens, for a client outside. */
export const BLOCKED_PORT = 6390;
/** The unit by which the boot is to thaw it. */
export const BLOCKED_THAW = 'ckpt-thaw-blocked.service';

/** Numbers the lines that it is sent, whoever sends them. */
const PROGRAM = `import itertools, socket
numbers = itertools.count(1)
listening = socket.create_server(("0.0.0.0", ${BLOCKED_PORT}))
while True:
    client, _ = listening.accept()
    for _ in client.makefile():
        client.sendall(b"%d\\n" % next(numbers))
`;
const UNIT = `[Unit]
After=network-online.target

[Service]
Type=exec
ExecStart=/usr/bin/python3 /usr/lib/blocked.py
Restart=always
StandardOutput=null
StandardError=file:/root/blocked.err

[Install]
WantedBy=multi-user.target
`;

/** What somebody has set up in its place, and the next boot starts before it thaws. */
const IN_THE_WAY = `[Unit]
Before=network-online.target

[Service]
Type=exec
ExecStart=/usr/bin/socat TCP-LISTEN:${BLOCKED_PORT},fork SYSTEM:date
StandardError=null

[Install]
WantedBy=multi-user.target
`;
const PROCESSES = "pgrep -f 'blocked[.]py' || true";

/**
 * A service with a client, frozen into a bundle of its own, which the next boot cannot thaw. The client types nothing meanwhile: QEMU's
 * TCP gives up what nobody has answered for 570 s (seen; slirp's tcp_timers()), and a slow machine takes longer until all is mended. The
 * thawed service is reset then, and ends. Silence it bears: a client that had said nothing for 15 minutes was kept.
 */
export class BlockedService {
  readonly #ckpt: (args: string) => string;
  readonly #client: LineClient;
  readonly #pid: number;

  private constructor(ckpt: (args: string) => string, client: LineClient, pid: number) {
    this.#ckpt = ckpt;
    this.#client = client;
    this.#pid = pid;
  }

  static async freeze(machine: Machine, ckpt: (args: string) => string): Promise<BlockedService> {
    await machine.write('/usr/lib/blocked.py', PROGRAM);
    await machine.write('/usr/lib/systemd/system/blocked.service', UNIT);
    await machine.write('/usr/lib/systemd/system/in-the-way.service', IN_THE_WAY);
    await machine.ok('systemctl enable --now blocked.service');
    const listens = async () => (await machine.sh(`ss -Hltn sport = :${BLOCKED_PORT}`)).stdout !== '';
    await machine.waitFor(listens, { limit: 400, what: 'the service to listen' });
    const client = await LineClient.open(machine.port(BLOCKED_PORT));
    assert.equal(await client.ask('hello'), '1');
    const pid = await mainPid(machine, 'blocked');
    await machine.ok(ckpt('freeze blocked.service --name blocked --thaw-at-boot'), { limit: 400 });
    await machine.ok('systemctl enable in-the-way.service');
    return new BlockedService(ckpt, client, pid);
  }

  /** In a boot that has settled, with its thaw failed: nothing is lost, whoever asks is told why, and it can be mended. */
  async mend(machine: Machine): Promise<void> {
    const listed = await machine.sh(this.#ckpt('list'));
    assert.match(listed.stdout, /^blocked +frozen /m);
    assert.match(
      listed.stderr,
      /this boot could not thaw blocked: systemctl status ckpt-thaw-blocked\.service/,
    );
    const { stdout: status } = await machine.sh(`systemctl status --full ${BLOCKED_THAW}`);
    assert.match(status, /an address and port that process \d+ \(python3\) needs are taken/);
    assert.match(status, /see who: ss -lntup/);
    // Who wants the service gets no second one, and no error.
    await machine.ok('systemctl start blocked');
    assert.equal(await machine.ok(PROCESSES), '');
    await machine.ok(`systemctl disable --now in-the-way && systemctl start ${BLOCKED_THAW}`, { limit: 400 });
    const said = await machine.ok(`journalctl -b -o cat -u ${BLOCKED_THAW}; cat /root/blocked.err`);
    assert.equal(await machine.ok(PROCESSES), String(this.#pid), said);
    assert.equal(await this.#client.ask('still?', 120), '2');
  }

  close(): void {
    this.#client.close();
  }
}
