/** Programs that are frozen and thawed, each of which notices by itself when something of it was lost. */

import assert from 'node:assert/strict';
import { CountingClient } from './counting-client.js';
import { LineClient } from './line-client.js';
import { at, bring, nothing, readJson, type Workload } from './workload.js';

export type { Running, Workload } from './workload.js';

interface ClumpReport {
  readonly count: number;
  readonly child: number;
  readonly problems: readonly string[];
}

const clump: Workload = {
  id: 'clump',
  name: 'two processes with a pipe, shared memory and an unlinked file',
  async start(machine) {
    const status = at('clump.json');
    const pid = await machine.start(['python3', await bring(machine, 'clump.py'), status]);
    const counting = (above: number) => async () => {
      const report = await readJson<ClumpReport>(machine, status);
      return report !== undefined && report.count > above && report;
    };
    await machine.waitFor(counting(5), { limit: 60, what: 'the clump to count' });
    return {
      pid,
      async check() {
        const before = await readJson<ClumpReport>(machine, status);
        const after = await machine.waitFor(counting((before?.count ?? 0) + 20), {
          limit: 90,
          what: 'the clump to count on',
        });
        assert.deepEqual(after.problems, []);
        assert.equal((await machine.sh(`kill -0 ${pid} ${after.child}`)).status, 0);
      },
      close: nothing,
    };
  },
};

const pipeline: Workload = {
  id: 'pipeline',
  name: 'a shell pipeline with unread data in its pipe',
  async start(machine) {
    const folder = at('pipeline');
    await machine.ok(`mkdir -p ${folder}`);
    const pid = await machine.start(['sh', await bring(machine, 'pipeline.sh'), folder]);
    // `seq` has ended or waits for room: either way the pipe is full of lines that nobody has read.
    await machine.waitFor(
      async () => (await machine.sh(`ps -o args --ppid ${pid}`)).stdout.includes('pipeline'),
      {
        limit: 60,
        what: 'the pipeline to stand',
      },
    );
    return {
      pid,
      async check() {
        await machine.ok(`touch ${folder}/go`);
        const result = await machine.waitFor(
          async () => (await machine.sh(`cat ${folder}/result`)).stdout.trim() || undefined,
          { limit: 90, what: 'the consumer to read its pipe to the end' },
        );
        assert.equal(result, '9000 in-order');
      },
      close: nothing,
    };
  },
};

const redis: Workload = {
  id: 'redis',
  name: 'redis with a live client',
  port: 6379,
  async start(machine) {
    const pid = await machine.start([
      'redis-server',
      ...['--port', '6379', '--bind', '0.0.0.0', '--protected-mode', 'no', '--save', '', '--dir', '/var/tmp'],
    ]);
    const port = machine.port(6379);
    await machine.waitFor(async () => (await machine.sh('redis-cli ping')).stdout.includes('PONG'), {
      limit: 60,
      what: 'redis to answer',
    });
    const client = await CountingClient.start(port);
    await machine.waitFor(async () => client.report().replies > 10, {
      limit: 60,
      what: 'the client to count',
    });
    return {
      pid,
      async check() {
        const before = client.report().replies;
        await machine.waitFor(
          async () => client.report().problem !== undefined || client.report().replies > before + 20,
          { limit: 180, what: 'the client to count on over its old connection' },
        );
        assert.equal(client.report().problem, undefined);
      },
      async close() {
        await client.stop();
      },
      summary() {
        const { replies, longestPause } = client.report();
        return `one connection, ${replies} replies in order, longest pause ${(longestPause / 1000).toFixed(1)} s`;
      },
    };
  },
};

const interpreter: Workload = {
  id: 'interpreter',
  name: 'a Python interpreter with a connected user and a populated namespace',
  port: 2323,
  async start(machine) {
    const pid = await machine.start(['python3', await bring(machine, 'interpreter.py'), '2323']);
    await machine.waitFor(async () => (await machine.sh('ss -Hltn sport = :2323')).stdout.includes('2323'), {
      limit: 60,
      what: 'the interpreter to listen',
    });
    const user = await LineClient.open(machine.port(2323));
    assert.equal(await user.ask('import random; seen = {"answer": 41}'), 'ok');
    assert.equal(await user.ask('def more(n): return n + seen["answer"]'), 'ok');
    // Somebody types on while nobody answers: what arrives between two kernels is not to be answered by the next one.
    let typed = 0;
    const typing = setInterval(() => {
      user.send('seen["answer"]');
      typed += 1;
    }, 100);
    return {
      pid,
      async check() {
        clearInterval(typing);
        for (let line = 1; line <= typed; line += 1)
          assert.equal(await user.next(`line ${line} of ${typed}`, 180), '41');
        assert.equal(await user.ask('seen["answer"] = more(1)', 180), 'ok');
        assert.equal(await user.ask('seen'), "{'answer': 42}");
      },
      async close() {
        clearInterval(typing);
        user.close();
      },
    };
  },
};

interface TimersReport {
  readonly expirations: number;
  readonly alarms: number;
  readonly problems: readonly string[];
}

const timers: Workload = {
  id: 'timers',
  name: 'timers (timerfd, setitimer, CLOCK_MONOTONIC) that notice no jump',
  async start(machine) {
    const status = at('timers.json');
    const pid = await machine.start(['python3', await bring(machine, 'timers.py'), status]);
    const ticking = (expirations: number, alarms: number) => async () => {
      const report = await readJson<TimersReport>(machine, status);
      return report !== undefined && report.expirations > expirations && report.alarms > alarms && report;
    };
    await machine.waitFor(ticking(3, 3), { limit: 60, what: 'the timers to tick' });
    return {
      pid,
      async check() {
        const before = await readJson<TimersReport>(machine, status);
        const ticked = ticking((before?.expirations ?? 0) + 5, (before?.alarms ?? 0) + 5);
        const after = await machine
          .waitFor(ticked, { limit: 90, what: 'the timers to tick on' })
          .catch(async error => {
            const { stdout } = await machine.sh(
              `cat ${status}; cat /proc/${pid}/fdinfo/3; grep -E "State|Sig|Shd" /proc/${pid}/status; cat /proc/${pid}/wchan`,
            );
            throw new Error(`${error.message}: before ${JSON.stringify(before)}, and now ${stdout}`);
          });
        assert.deepEqual(after.problems, []);
      },
      close: nothing,
    };
  },
};

export const workloads: readonly Workload[] = [clump, pipeline, redis, interpreter, timers];
