import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { reportToStderr, step } from '../../scripts/setup/progress.js';
import { ensureBox } from '../vagrant/build-box.js';
import { vagrantSupport } from '../vagrant/host.js';
import { VagrantMachine } from '../vagrant/machine.js';

const support = await vagrantSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;
const executable = join(import.meta.dirname, '..', '..', 'dist', 'ckpt');
const clump = join(import.meta.dirname, '..', 'workloads', 'clump.py');
const status = '/var/tmp/clump.json';

interface Clump {
  readonly count: number;
  readonly pid: number;
  readonly child: number;
  readonly problems: readonly string[];
}

test.skipIf(!support.ok)(
  `a kernel switch in a Vagrant machine: up, freeze, kexec, thaw, destroy${why}`,
  async () => {
    const box = await ensureBox(reportToStderr);
    const machine = await VagrantMachine.prepare(box, executable);
    try {
      await timed('vagrant up', () => machine.up());
      expect(await machine.must('uname -r')).toBe(box.kernels.old);
      expect(await machine.must('ls /boot')).toContain(box.kernels.new);

      await machine.upload(clump, '/var/tmp/clump.py');
      await machine.must(`setsid -f python3 /var/tmp/clump.py ${status} </dev/null >/dev/null 2>&1`);
      const { pid, child } = await countingBeyond(machine, 5);
      await timed('freeze', () => machine.must(`sudo ckpt freeze ${pid} --name clump`, 300));
      const frozen = await countingBeyond(machine, 5);
      expect((await machine.run(`grep -v ') [ZX] ' /proc/${pid}/stat`)).stdout, 'it has ended').toBe('');

      await timed('kexec', () => machine.kexec(box.kernels.new));
      await timed('thaw', () => machine.must('sudo ckpt thaw clump', 300));
      const thawed = await look(machine);
      expect(thawed?.count, 'it goes on from where it stood').toBeGreaterThanOrEqual(frozen.count);

      const after = await countingBeyond(machine, frozen.count + 20);
      expect(after).toMatchObject({ pid, child, problems: [] });
      expect(await machine.must(`ps -o pid= -p ${pid},${child} | wc -l`)).toBe('2');
      expect((await machine.run('sudo ckpt thaw clump')).status).not.toBe(0);
    } finally {
      await timed('destroy', () => machine.destroy());
    }
  },
);

function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  return step(reportToStderr, `Vagrant machine: ${what}`, work);
}

async function look(machine: VagrantMachine): Promise<Clump | undefined> {
  const { stdout } = await machine.run(`cat ${status}`);
  return stdout === '' ? undefined : (JSON.parse(stdout) as Clump);
}

async function countingBeyond(machine: VagrantMachine, count: number): Promise<Clump> {
  const limitSeconds = 90;
  const deadline = Date.now() + limitSeconds * 1000;
  for (;;) {
    const clump = await look(machine);
    if (clump !== undefined && clump.count > count) return clump;
    if (Date.now() > deadline) {
      throw new Error(
        `the clump did not count beyond ${count} within ${limitSeconds} s: ${JSON.stringify(clump)}`,
      );
    }
    await sleep(300);
  }
}
