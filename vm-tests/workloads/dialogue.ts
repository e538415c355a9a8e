import assert from 'node:assert/strict';
import { bring, nothing, readJson, type Workload } from './workload.js';

interface DialogueReport {
  readonly sent: number;
  readonly received: number;
  readonly problem: string | null;
}

const port = 7500;

/** Two services that send each other 2,000 numbered messages a second over loopback: two trees, one bundle. */
export const dialogue: Workload = {
  id: 'dialogue',
  name: 'two services that send each other numbered messages over TCP',
  async start(machine) {
    const program = await bring(machine, 'dialogue.py');
    const sides = ['serve', 'call'].map(role => ({ role, status: `/root/workloads/dialogue-${role}.json` }));
    const pids: number[] = [];
    for (const { role, status } of sides)
      pids.push(await machine.start(['python3', program, status, role, String(port)]));
    const look = () => Promise.all(sides.map(({ status }) => readJson<DialogueReport>(machine, status)));
    const goOn = async (by: number, limit: number): Promise<void> => {
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
    };
    await goOn(2000, 60);
    const [pid = 0, ...others] = pids;
    return { pid, others, check: () => goOn(10_000, 180), close: nothing };
  },
};
