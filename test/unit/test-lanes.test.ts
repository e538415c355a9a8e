import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inLanes } from '../../scripts/setup/lanes.js';

test('as many jobs as lanes run at once, all of them run, and their results keep the order', async () => {
  let [running, most] = [0, 0];
  const jobs = [30, 5, 1, 10, 1].map((time, index) => async () => {
    most = Math.max(most, ++running);
    await sleep(time);
    running--;
    return index;
  });
  expect(await inLanes(jobs, 2)).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});

test('a job that fails fails the whole, after the others', async () => {
  const done: number[] = [];
  const jobs = [1, 2, 3].map(index => async () => {
    await sleep(index);
    if (index === 1) throw new Error('one');
    done.push(index);
  });
  await expect(inLanes(jobs, 2)).rejects.toThrow('one');
  expect(done).toEqual([2, 3]);
});
