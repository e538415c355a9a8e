/** The program set across kernels, with `ckpt` as a person uses it. */
import assert from 'node:assert/strict';
import type { ToolboxVersion } from '../../scripts/toolbox/index.js';
import { Machine } from '../driver/index.js';
import type { ProgramTree } from '../programs/program-trees.js';
import { askPrograms, leaderOf, startPrograms, wrongs } from './program-set.js';
import { ckptAndCrius, ckptBy } from './switch-kernels.js';

/** Seconds for a freeze or a thaw of the whole set on an emulated, busy machine. */
const limit = 400;

export interface Journey {
  /** The kernels, in order: the set is frozen under each but the last, and thawed under the next. */
  readonly kernels: readonly string[];
  /** The CRIU under each kernel; all have 4.2.1 where this is absent. */
  readonly criu?: readonly ToolboxVersion[];
  readonly userland: string;
  readonly trees: readonly ProgramTree[];
}

/** Takes the program set through the kernels and has every program check itself after each step. */
export async function travel({ kernels, criu, userland, trees }: Journey): Promise<void> {
  const [first = '', ...others] = kernels;
  const by = (step: number): ToolboxVersion => criu?.[step] ?? '4.2.1';
  const machine = await Machine.boot({
    kernel: first,
    userland,
    memory: 2048,
    disks: await ckptAndCrius(kernels.map((_, step) => by(step))),
    switchesTo: others,
  });
  try {
    await machine.ok(ckptBy(by(0), 'guard --install-hook /etc/ckpt/before-network'), { limit });
    await startPrograms(machine, trees);
    assert.deepEqual(wrongs(await askPrograms(machine, trees)), [], `before anything, on ${first}`);
    for (const [step, to] of others.entries()) {
      await freezeAndSwitch(machine, trees, to, `step-${step}`, args => ckptBy(by(step), args));
      await machine.ok(ckptBy(by(step + 1), `thaw step-${step}`), { limit });
      assert.deepEqual(wrongs(await askPrograms(machine, trees)), [], `after ${kernels[step]} to ${to}`);
    }
  } finally {
    await machine.stop();
  }
}

/** Freezes the trees into one bundle and jumps into another kernel. */
export async function freezeAndSwitch(
  machine: Machine,
  trees: readonly ProgramTree[],
  to: string,
  bundle: string,
  ckpt: (args: string) => string,
): Promise<void> {
  const pids: number[] = [];
  for (const tree of trees) pids.push(await leaderOf(machine, tree));
  await machine.kexecLoad(to);
  await machine.ok(ckpt(`freeze ${pids.join(' ')} --name ${bundle}`), { limit });
  await machine.kexecExec();
  assert.ok(machine.kernelRelease.startsWith(`${to}.`), `runs ${machine.kernelRelease}`);
}
