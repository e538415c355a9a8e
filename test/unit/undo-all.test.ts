import { expect, it } from 'vitest';
import { undoAll } from '../../src/host/criu/held-run.js';
import type { Hold } from '../../src/host/criu/hold.js';
import type { CriuExit, CriuRun } from '../../src/host/criu/start.js';

/** A CRIU that ends when it is told to. */
function startRun() {
  let end = (_: CriuExit): void => {};
  const exit = new Promise<CriuExit>(resolve => {
    end = resolve;
  });
  const refused: boolean[] = [];
  const hold = { refuse: () => void refused.push(true) } as unknown as Hold;
  const run = { pid: process.pid, exit } as unknown as CriuRun;
  return { hold, run, end, refused };
}

it('waits until every CRIU has undone its work, also where the rest of one cannot be taken away', async () => {
  const [killed, slow] = [startRun(), startRun()];
  const happened: string[] = [];
  const undoing = undoAll([killed, slow], 60_000, {
    end: async () => {},
    killed: () => Promise.reject(new Error('it stays')),
  }).catch((error: Error) => happened.push(error.message));
  killed.end({ status: undefined, signal: 'SIGKILL' } as unknown as CriuExit);
  // Whoever is told at once is told by now.
  await new Promise(resolve => setImmediate(resolve));
  happened.push('the other ends');
  slow.end({ status: 0 } as unknown as CriuExit);
  await undoing;
  expect(happened).toEqual(['the other ends', 'it stays']);
  expect([killed.refused, slow.refused]).toEqual([[true], [true]]);
});
