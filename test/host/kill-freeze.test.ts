import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MOMENTS, measure, moments, nightly, ROUNDS, strike } from './kill-rounds.js';
import {
  alive,
  cannotFreeze,
  ckpt,
  expectConsecutive,
  folder,
  owned,
  startCkpt,
  startCounter,
} from './support.js';

const limit = nightly ? 7_200_000 : 900_000;

describe.skipIf(cannotFreeze)(`killing ckpt in a freeze${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.each(['SIGKILL', 'SIGINT'] as const)(
    `with %s, ${MOMENTS} moments, again and again: a verified bundle or a running tree`,
    async signal => {
      const store = await folder();
      const { pid, journal, runsOn } = await startCounter({ mib: 16 });
      owned(pid);
      const freeze = ['freeze', String(pid), '--name', 'a', '--store', store];
      const thawAndRemove = async (): Promise<void> => {
        owned(pid);
        expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
        expect(await ckpt(['rm', 'a', '--store', store])).toMatchObject({ status: 0 });
      };
      const duration = await measure(async () => expect((await ckpt(freeze)).status).toBe(0));
      await thawAndRemove();
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const moment of moments(duration)) {
          await strike(await startCkpt(freeze), moment, signal, store);
          const sealed = existsSync(join(store, 'a'));
          expect(alive(pid), `killed after ${moment} of ${duration} ms`).toBe(!sealed);
          if (sealed) {
            expect(await ckpt(['verify', 'a', '--store', store])).toMatchObject({ status: 0 });
            await thawAndRemove();
          }
          await runsOn();
        }
      }
      expectConsecutive(journal());
      // What the killed ones left behind is gone after the next freeze.
      expect(await ckpt(freeze)).toMatchObject({ status: 0, stderr: '' });
      expect(readdirSync(store).filter(name => name.startsWith('.work'))).toEqual([]);
      await thawAndRemove();
      await runsOn();
      expectConsecutive(journal());
    },
    limit,
  );

  it('leaves the work directory of a freeze that goes on alone', async () => {
    const store = await folder();
    const [one, two] = [await startCounter(), await startCounter()];
    const results = await Promise.all(
      [one, two].map(({ pid }) => ckpt(['freeze', String(pid), '--name', `of-${pid}`, '--store', store])),
    );
    for (const result of results) expect(result).toMatchObject({ status: 0, stderr: '' });
    owned(one.pid);
    owned(two.pid);
    expect((await ckpt(['thaw', '--store', store])).status).toBe(0);
    for (const { runsOn, journal } of [one, two]) {
      await runsOn();
      expectConsecutive(journal());
    }
  });
});
