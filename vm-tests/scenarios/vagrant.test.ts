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
  `one command switches kernels in a Vagrant machine, or everything runs on: up, switch, look, destroy${why}`,
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
      const refused = (words: string) => refusal(machine, `sudo ckpt switch ${pid} ${words}`);

      await machine.must('echo no kernel | sudo tee /boot/vmlinuz-6.99-broken');
      expect(await refused('--to 6.99-broken')).toMatch(/6\.99-broken could not be loaded, so nothing was/);
      await machine.must('sudo rm /boot/vmlinuz-6.99-broken');

      await machine.must('sudo systemctl mask --runtime kexec.target');
      expect(await timed('a switch that does not start', () => refused('--name clump'))).toMatch(
        /was not started, so everything was thawed again and runs on\n.*systemctl kexec: \w/,
      );
      await machine.must('sudo systemctl unmask --runtime kexec.target');
      const before = await look(machine);
      await countingBeyond(machine, (before?.count ?? 0) + 5);
      expect(await machine.must('cat /sys/kernel/kexec_loaded')).toBe('0');

      const plan = await machine.must(`sudo ckpt switch ${pid} --name clump --dry-run`, 300);
      expect(plan, 'the newest kernel is taken').toContain(`switch to ${box.kernels.new}`);
      const said = await timed('ckpt switch', () =>
        machine.switchTo(box.kernels.new, `sudo ckpt switch ${pid} --name clump`, 400),
      );
      expect(said).toContain(`this machine starts Linux ${box.kernels.new}; the boot thaws it`);

      // ssh may answer before the boot has thawed.
      await until('the boot to thaw', async () =>
        /^clump +thawed /m.test(await machine.must('sudo ckpt list')),
      );
      const after = await countingBeyond(machine, ((await look(machine))?.count ?? 0) + 20);
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

/** What a command says on standard error that must fail. */
async function refusal(machine: VagrantMachine, command: string): Promise<string> {
  const { status, stderr } = await machine.run(command, 300);
  expect(status, stderr).toBe(3);
  return stderr;
}

async function look(machine: VagrantMachine): Promise<Clump | undefined> {
  const { stdout } = await machine.run(`cat ${status}`);
  return stdout === '' ? undefined : (JSON.parse(stdout) as Clump);
}

async function countingBeyond(machine: VagrantMachine, count: number): Promise<Clump> {
  return until(`the clump to count beyond ${count}`, async () => {
    const clump = await look(machine);
    return clump !== undefined && clump.count > count ? clump : undefined;
  });
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const limitSeconds = 180;
  const deadline = Date.now() + limitSeconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitSeconds} s`);
    await sleep(300);
  }
}
