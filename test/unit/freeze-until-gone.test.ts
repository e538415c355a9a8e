import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { untilGone } from '../../src/checkpoint/until-gone.js';

function startSleep(seconds: string): { readonly pid: number; readonly end: () => Promise<void> } {
  const child = spawn('sleep', [seconds], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

it('waits for the end of processes that still run', async () => {
  const { pid } = startSleep('0.3');
  const began = performance.now();
  expect(await untilGone([pid], 10_000)).toEqual([]);
  expect(performance.now() - began).toBeGreaterThan(150);
});

it('names those that do not end in time', async () => {
  const lasting = startSleep('1000');
  try {
    expect(await untilGone([lasting.pid, 2 ** 22 + 1], 30)).toEqual([lasting.pid]);
  } finally {
    await lasting.end();
  }
});

it('takes a zombie for gone', async () => {
  // The shell becomes a program that never waits for the child that it inherits.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    expect(await untilGone([Number(line.toString())], 10_000)).toEqual([]);
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
});
