/** The main job in a machine: start workloads, freeze them, switch the kernel by kexec, thaw, look whether all is right. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { criuFolder, criuFromToolbox, type ToolboxVersion } from '../../scripts/toolbox/index.js';
import { Machine, type SharedTree } from '../driver/index.js';
import { type Running, type Workload, workloads } from '../workloads/index.js';

export interface Switch {
  readonly from: string;
  readonly to: string;
  readonly userland: string;
  readonly criu: ToolboxVersion;
}

/** Holds the one executable, which needs nothing of the guest but CRIU. */
export const executable = join(import.meta.dirname, '..', '..', 'dist');

/** The folders that put `ckpt` and a CRIU into a guest. */
export async function ckptDisks(criu: ToolboxVersion): Promise<readonly SharedTree[]> {
  await criuFromToolbox(criu);
  return [
    { tree: executable, at: '/opt/ckpt' },
    { tree: criuFolder(criu), at: '/opt/criu' },
  ];
}

/** A line of shell in the guest that runs `ckpt` with the CRIU of the toolbox. */
export const ckpt = (args: string): string => `CKPT_CRIU=/opt/criu/criu /opt/ckpt/ckpt ${args}`;

/** The same where a guest has several CRIUs. */
export const ckptBy = (criu: ToolboxVersion, args: string): string =>
  `CKPT_CRIU=/opt/criu-${criu}/criu /opt/ckpt/ckpt ${args}`;

/** The folders that put `ckpt` and several CRIUs into a guest. */
export async function ckptAndCrius(versions: Iterable<ToolboxVersion>): Promise<readonly SharedTree[]> {
  const folders: SharedTree[] = [{ tree: executable, at: '/opt/ckpt' }];
  for (const version of new Set(versions)) {
    await criuFromToolbox(version);
    folders.push({ tree: criuFolder(version), at: `/opt/criu-${version}` });
  }
  return folders;
}

/** Says on stderr what a long scenario is at, so that a slow one can be told from one that hangs. */
export function diary(title: string): (entry: string) => void {
  const began = performance.now();
  return entry => {
    process.stderr.write(`[${title}, ${((performance.now() - began) / 1000).toFixed(1)} s] ${entry}\n`);
  };
}

/** CRIU waits for the end of what it ends; the parent in the guest may not have taken notice yet. */
async function expectGone(machine: Machine, pid: number, what: string): Promise<void> {
  const { stdout } = await machine.sh(`cat /proc/${pid}/stat`);
  assert.ok(stdout === '' || / \(.*\) [ZX] /.test(stdout), `${what} still runs after its freeze: ${stdout}`);
}

/** Freezes every workload, switches, thaws, and checks every workload. Fails when anything was lost. */
export async function switchKernels(pair: Switch, chosen: readonly Workload[] = workloads): Promise<void> {
  const note = diary(`${pair.from} → ${pair.to}`);
  const machine = await Machine.boot({
    kernel: pair.from,
    userland: pair.userland,
    disks: await ckptDisks(pair.criu),
    switchesTo: [pair.to],
    forwards: chosen.flatMap(workload => workload.port ?? []),
  });
  const running: Running[] = [];
  try {
    note(`booted ${machine.kernelRelease}`);
    for (const workload of chosen) running.push(await workload.start(machine));
    note('workloads run');
    await machine.ok(ckpt('guard --install-hook /etc/ckpt/before-network'), { limit: 60 });
    await machine.kexecLoad(pair.to);
    // One bundle of many trees and one of the last, whose clock stands for no longer than its own thaw takes. A start of
    // ckpt is much of the time on an emulated processor.
    const pidsOf = running.map(({ pid, others = [] }) => [pid, ...others]);
    for (const pids of [pidsOf.slice(0, -1).flat(), pidsOf.at(-1) ?? []].filter(group => group.length > 0)) {
      await machine.ok(ckpt(`freeze ${pids.join(' ')} --name from-${pids[0]}`), { limit: 240 });
      for (const pid of pids) await expectGone(machine, pid, `process ${pid}`);
      note(`froze ${pids.length} trees`);
    }
    await machine.kexecExec();
    assert.ok(machine.kernelRelease.startsWith(`${pair.to}.`), `runs ${machine.kernelRelease}`);
    note(`runs ${machine.kernelRelease}`);
    await machine.ok(ckpt('thaw'), { limit: 480 });
    note('thawed');
    for (const workload of running) await workload.check(machine);
    note('nothing lost');
  } finally {
    for (const workload of running) await workload.close();
    await machine.stop();
  }
}
