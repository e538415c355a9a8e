import assert from 'node:assert/strict';
import type { Machine } from '../driver/index.js';
import { at, nothing, type Workload } from './workload.js';

const JOBS = ['plain', 'piped'] as const;
type Job = (typeof JOBS)[number];

/** Each counts into a file of its own, and starts a program for each number. */
const LINES: Readonly<Record<Job, string>> = {
  plain: 'n=0; while :; do n=$((n + 1)); echo $n; sleep 0.5; done >FOLDER/plain',
  piped: 'n=0; while :; do n=$((n + 1)); echo $n; sleep 0.5; done | cat >FOLDER/piped',
};

async function counts(machine: Machine, job: Job): Promise<readonly number[]> {
  return (await machine.ok(`cat ${at('left')}/${job}`)).split('\n').filter(Boolean).map(Number);
}

async function waitForMore(machine: Machine): Promise<void> {
  for (const job of JOBS) {
    const before = (await counts(machine, job)).length;
    await machine.waitFor(async () => (await counts(machine, job)).length > before + 5, {
      limit: 90,
      what: `the job ${job} to count on`,
    });
  }
}

/** What `ssh HOST 'nohup … & nohup … &'` leaves: two trees in the session and the process group of a shell that has ended. */
export const leftJobs: Workload = {
  id: 'left-jobs',
  name: 'two jobs of a login that is over',
  async start(machine) {
    const folder = at('left');
    const background = JOBS.map(
      job => `nohup sh -c '${LINES[job].replaceAll('FOLDER', folder)}' </dev/null >/dev/null 2>&1 & echo $!`,
    ).join('\n');
    await machine.ok(`mkdir -p ${folder}; cat >${folder}/login <<'EOF'\n${background}\nEOF`);
    const pids = (await machine.ok(`setsid --wait sh ${folder}/login`)).split('\n').map(Number);
    const [pid = 0, ...others] = pids;
    await machine.waitFor(async () => (await machine.sh(`ls ${folder}/piped`)).status === 0, {
      limit: 60,
      what: 'both jobs to run',
    });
    await waitForMore(machine);
    return {
      pid,
      others,
      async check() {
        await waitForMore(machine);
        for (const job of JOBS) {
          const seen = await counts(machine, job);
          assert.deepEqual(
            seen,
            seen.map((_, index) => index + 1),
            `${job} lost or repeated a number`,
          );
        }
      },
      close: nothing,
    };
  },
};
