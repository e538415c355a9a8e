import assert from 'node:assert/strict';
import type { Machine } from '../driver/index.js';
import { bring, nothing, readJson, type Workload } from './workload.js';

interface DialogueReport {
  readonly sent: number;
  readonly received: number;
  readonly problem: string | null;
}

const port = 7500;

/** Two services that are yet to be started, each by its command, and a way to see that they talk without loss. */
export interface Dialogue {
  readonly commands: readonly (readonly string[])[];
  /** Waits until both have received so many messages more; fails as soon as one was lost, doubled or out of order. */
  goOn(by: number, limit: number): Promise<void>;
}

/** Brings the program into the guest. */
export async function prepareDialogue(machine: Machine): Promise<Dialogue> {
  const program = await bring(machine, 'dialogue.py');
  const sides = ['serve', 'call'].map(role => ({ role, status: `/root/workloads/dialogue-${role}.json` }));
  const look = () => Promise.all(sides.map(({ status }) => readJson<DialogueReport>(machine, status)));
  return {
    commands: sides.map(({ role, status }) => ['python3', program, status, role, String(port)]),
    goOn: async (by, limit) => {
      const before = await look();
      await machine.waitFor(
        async () => {
          const now = await look();
          if (now.some(one => one?.problem)) return true;
          return now.every((one, at) => (one?.received ?? 0) > (before[at]?.received ?? 0) + by);
        },
        { limit, what: `both services to receive ${by} messages more` },
      );
      assert.deepEqual(
        (await look()).map(one => one?.problem),
        [null, null],
      );
    },
  };
}

/** Two services that send each other some 400 numbered messages a second over loopback: two trees, one bundle. */
export const dialogue: Workload = {
  id: 'dialogue',
  name: 'two services that send each other numbered messages over TCP',
  async start(machine) {
    const { commands, goOn } = await prepareDialogue(machine);
    const pids: number[] = [];
    for (const command of commands) pids.push(await machine.start(command));
    await goOn(400, 60);
    const [pid = 0, ...others] = pids;
    return { pid, others, check: () => goOn(2000, 180), close: nothing };
  },
};
