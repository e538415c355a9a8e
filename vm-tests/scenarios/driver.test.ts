/** The rig itself: every kernel boots, a switch keeps what it must and nothing else, failures are the machine's own. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { reportToStderr } from '../../scripts/setup/progress.js';
import { Machine, MachineError, vmSupport, waitFor } from '../driver/index.js';
import { ensureKernel, KernelGone } from '../setup/kernel.js';
import { kernelList, kernelRowOf } from '../setup/kernel-list.js';
import { nightlySupport } from './nightly.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

const long = await nightlySupport();
const whyNotLong = long.ok ? '' : ` (skipped: ${long.reason})`;

describe.skipIf(!support.ok)(`the VM driver${why}`, () => {
  let scratch = '';
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ckpt-vm-test-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  /** Boots, works, and ends the machine whatever happens. */
  async function withMachine(
    options: Parameters<typeof Machine.boot>[0],
    work: (machine: Machine) => Promise<void>,
  ) {
    const machine = await Machine.boot(options);
    try {
      await work(machine);
    } finally {
      await machine.stop();
    }
  }

  test.for(kernelList.kernels.map(row => row.series))(
    'kernel %s boots and loads its modules',
    async (series, { skip }) => {
      const { release, missingModules } = await ensureKernel(series, reportToStderr).catch(error => {
        // Debian keeps such a kernel only by accident: its going is no fault of ours, and is said.
        if (error instanceof KernelGone && kernelRowOf(series).leftover !== undefined) skip(error.message);
        throw error;
      });
      const userland = series === '5.10' ? 'bullseye' : 'trixie';
      await withMachine({ kernel: series, userland }, async machine => {
        expect(machine.kernelRelease).toBe(release);
        expect(await machine.ok('uname -r')).toMatch(new RegExp(`^${series.replace('.', '\\.')}\\.`));
        const modules = kernelList.modules.filter(name => !missingModules.includes(name));
        await machine.ok(`modprobe -a ${modules.join(' ')}`);
        // A ruleset with the expressions that a packet lock needs.
        await machine.ok(`nft -f - <<'NFT'
table inet probe {
  chain incoming { type filter hook input priority 0; ct state established accept; tcp dport 9 reject with tcp reset; }
}
NFT`);
        expect(await machine.ok('cat /sys/class/net/eth0/operstate')).toBe('up');
      });
    },
  );

  test('a kexec from 6.1 to 7.2 keeps the disk, frees the PIDs and forgets the rest', async () => {
    await withMachine({ kernel: '6.1', switchesTo: ['7.2'], forwards: [7777] }, async machine => {
      const before = machine.bootId;
      await machine.write(
        '/etc/ckpt/before-network',
        '#!/bin/sh\nip -br link show eth0 >/root/hook-saw\n',
        0o755,
      );
      const pid = await machine.start(['sleep', '100000'], { out: '/root/out' });
      await machine.ok('echo kept >/var/lib/ckpt/kept; echo lost >/run/lost');
      await machine.kexec('7.2');
      expect(machine.kernelRelease).toMatch(/^7\.2\./);
      expect(machine.bootId).not.toBe(before);
      expect(await machine.ok('cat /var/lib/ckpt/kept')).toBe('kept');
      expect((await machine.sh('ls /run/lost')).status).not.toBe(0);
      expect((await machine.sh(`kill -0 ${pid}`)).status).not.toBe(0);
      await machine.waitFor(async () => (await machine.sh('test -e /run/network-is-up')).status === 0, {
        limit: 60,
        what: 'the network of the new kernel',
      });
      expect(await machine.ok('cat /root/hook-saw')).toMatch(/eth0 +DOWN/);
      await machine.start(['socat', 'TCP-LISTEN:7777', 'SYSTEM:uname -r']);
      const answer = await machine.waitFor(() => readFrom(machine.port(7777)), {
        limit: 60,
        what: 'an answer',
      });
      expect(answer.trim()).toBe(machine.kernelRelease);
    });
  });

  test('commands, files and shared trees', async () => {
    const tree = join(scratch, 'tree');
    await mkdir(join(tree, 'inner'), { recursive: true });
    await writeFile(join(tree, 'inner', 'name'), 'shared');
    await withMachine({ kernel: '6.12', disks: [{ tree, at: '/opt/shared' }] }, async machine => {
      const failed = await machine.sh('echo out; echo err >&2; exit 7');
      expect(failed).toMatchObject({
        status: 7,
        signal: null,
        stdout: 'out\n',
        stderr: 'err\n',
        timedOut: false,
      });
      expect(await machine.sh('kill -TERM $$')).toMatchObject({ status: null, signal: 15 });
      expect(await machine.sh('sleep 100', { limit: 1 })).toMatchObject({ timedOut: true, signal: 9 });
      expect((await machine.run(['tr', 'a-z', 'A-Z'], { input: 'loud' })).stdout).toBe('LOUD');
      await expect(machine.run(['/no/such/program'])).rejects.toThrow(/no\/such\/program/);

      const pid = await machine.start(['sleep', '1000']);
      expect(await machine.ok(`ls /proc/${pid}/fd | tr '\\n' ' '; cut -d' ' -f4,6 /proc/${pid}/stat`)).toBe(
        `0 1 2 1 ${pid}`,
      );

      const bytes = randomBytes(3_000_017);
      await writeFile(join(scratch, 'bytes'), bytes, { mode: 0o640 });
      await machine.copyIn(join(scratch, 'bytes'), '/root/new/bytes');
      expect(await machine.ok('stat -c %a:%s /root/new/bytes')).toBe(`640:${bytes.length}`);
      await machine.copyOut('/root/new', join(scratch, 'back'));
      expect((await readFile(join(scratch, 'back', 'bytes'))).equals(bytes)).toBe(true);

      expect(await machine.ok('cat /opt/shared/inner/name')).toBe('shared');
      expect((await machine.sh('touch /opt/shared/x')).stderr).toMatch(/Read-only/);
    });
  });

  test('a machine that dies is a MachineError with its console, and its QEMU is gone', async () => {
    const machine = await Machine.boot({ kernel: '6.12' });
    const { qemuPid } = machine;
    try {
      await machine.ok('echo "<2>last words" >/dev/kmsg');
      const dying = machine.sh('sleep 1; echo o >/proc/sysrq-trigger; sleep 1000', { limit: 60 });
      await expect(dying).rejects.toThrow(MachineError);
      await expect(dying).rejects.toThrow(/last words/);
      await expect(machine.sh('true')).rejects.toThrow(MachineError);
    } finally {
      await machine.stop();
    }
    expect(existsSync(`/proc/${qemuPid}`)).toBe(false);
  });

  test.skipIf(!long.ok)(`a machine that does not answer is replaced by another${whyNotLong}`, async () => {
    const first = join(scratch, 'first');
    const qemu = join(scratch, 'qemu');
    const real = process.env.CKPT_QEMU || 'qemu-system-x86_64';
    const script = `[ "$1" = --version ] || ! mkdir ${first} || exec sleep 1000; exec ${real} "$@"`;
    await writeFile(qemu, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv('CKPT_QEMU', qemu);
    const said: string[] = [];
    const report = (line: string) => said.push(line);
    try {
      await withMachine({ kernel: '6.12', answersWithin: 60, report }, async machine => {
        expect(await machine.ok('echo it works')).toBe('it works');
      });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(said).toContainEqual(expect.stringMatching(/waited 60 s for the agent to answer\ntrying another/));
  });

  test('a QEMU ends with the process that started it, however that ends', async () => {
    const script = join(import.meta.dirname, 'fixtures', 'boot-and-wait.ts');
    const owner = execa(process.execPath, ['--import', 'tsx', script], { stderr: 'inherit', reject: false });
    const [line] = await once(createInterface(owner.stdout), 'line');
    const qemu = `/proc/${Number(line)}`;
    expect(existsSync(qemu)).toBe(true);
    owner.kill('SIGKILL');
    await owner;
    await waitFor(() => !existsSync(qemu), { limit: 30, what: 'QEMU to end' });
  });
});

/** What a server says before it hangs up; undefined when it does not answer yet. */
function readFrom(port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', data => {
      text += data.toString();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(text === '' ? undefined : text));
  });
}
