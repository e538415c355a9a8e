/**
 * `npm run demo`: the main job, for real. Processes in a virtual machine live on while its kernel is exchanged, and a
 * client outside the machine keeps its connection. Ends non-zero if anything was lost.
 */
import { join } from 'node:path';
import { execa } from 'execa';
import { Machine } from '../../vm-tests/driver/index.js';
import { ckpt, ckptDisks } from '../../vm-tests/scenarios/switch-kernels.js';
import { ensureVmHost } from '../../vm-tests/setup/host.js';
import { type Running, type Workload, workloads } from '../../vm-tests/workloads/index.js';
import { reportToStderr } from '../setup/progress.js';
import { Timeline } from './timeline.js';

const FROM = '6.1';
const TO = '7.2';
const root = join(import.meta.dirname, '..', '..');
/** The ones that an administrator knows: a clump of processes, a pipeline, and redis with its client. */
const shown = workloads.filter(({ id }) => ['clump', 'pipeline', 'redis'].includes(id));

const timeline = new Timeline(line => process.stdout.write(`${line}\n`));

async function prepare(): Promise<void> {
  timeline.title('Setting up (the first time takes some minutes, later it is in the cache)');
  await Promise.all([
    ensureVmHost(reportToStderr),
    execa(join(root, 'node_modules', '.bin', 'tsx'), ['scripts/build/executable.ts'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    }),
  ]);
}

async function demonstrate(machine: Machine, running: (Running & { workload: Workload })[]): Promise<void> {
  timeline.note(`the machine runs Linux ${machine.kernelRelease}`);
  for (const workload of shown) {
    running.push({ ...(await workload.start(machine)), workload });
    timeline.note(`started: ${workload.name} (PID ${running.at(-1)?.pid})`);
  }
  await machine.ok(ckpt('guard --install-hook /etc/ckpt/before-network'), { limit: 60 });
  await machine.kexecLoad(TO);

  timeline.title(`Freezing, on ${machine.kernelRelease}`);
  for (const { pid, workload } of running) {
    const text = await timeline.timed(`freeze ${workload.id}`, () =>
      machine.ok(ckpt(`freeze ${pid} --name ${workload.id}`), { limit: 120 }),
    );
    timeline.quote(`ckpt freeze ${pid} --name ${workload.id}`, text);
  }
  timeline.title(`Switching the kernel: kexec into Linux ${TO}`);
  await timeline.timed('kexec and boot', () => machine.kexecExec());
  timeline.note(`the machine runs Linux ${machine.kernelRelease}; nothing of the old kernel is left`);

  timeline.title('Thawing');
  const text = await timeline.timed('thaw all', () => machine.ok(ckpt('thaw'), { limit: 240 }));
  timeline.quote('ckpt thaw', text);

  timeline.title('Looking whether anything was lost');
  for (const one of running) {
    await timeline.timed(`check ${one.workload.id}`, () => one.check(machine));
    timeline.note(`alive and right: ${one.workload.name}${one.summary ? ` (${one.summary()})` : ''}`);
  }
}

try {
  await prepare();
  timeline.title(`A virtual machine with Linux ${FROM}`);
  const machine = await Machine.boot({
    kernel: FROM,
    disks: await ckptDisks('4.2.1'),
    forwards: shown.flatMap(workload => workload.port ?? []),
  });
  const running: (Running & { workload: Workload })[] = [];
  try {
    await demonstrate(machine, running);
  } finally {
    for (const one of running) await one.close();
    await machine.stop();
  }
  timeline.summary();
  process.stdout.write('\nNothing was lost.\n');
} catch (error) {
  timeline.summary();
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
