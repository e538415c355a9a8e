import { cpSync, readFileSync } from 'node:fs';
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
  sessionOf,
  startCkpt,
  startCounter,
  until,
} from './support.js';

/** How often a command line is typed again: numbers follow one another, and the next `ckpt` gets a higher one. */
const AGAIN = 3;

/**
 * Types a thaw as a person would. Where numbers are few (`pid_max` 32768) and have wrapped around, `ckpt` itself can be
 * given the number of a frozen process; it says so, touches nothing, and is typed again.
 */
async function typed(thaw: readonly string[], left = AGAIN): Promise<Awaited<ReturnType<typeof ckpt>>> {
  const ran = await ckpt(thaw);
  return left > 0 && ran.stderr.includes('is taken, by ckpt') ? typed(thaw, left - 1) : ran;
}

describe.skipIf(cannotFreeze)(`killing ckpt in a thaw${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.each(['SIGKILL', 'SIGINT'] as const)(
    `with %s, ${MOMENTS} moments, again and again: the whole tree or nothing of it, and a bundle that thaws`,
    async signal => {
      const store = await folder();
      const { pid, journal, runsOn } = await startCounter({ mib: 16 });
      const freeze = async (): Promise<void> => {
        expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
          status: 0,
        });
      };
      const remove = async (): Promise<void> => {
        expect(await ckpt(['rm', 'a', '--store', store])).toMatchObject({ status: 0 });
      };
      const thaw = ['thaw', 'a', '--store', store];
      await freeze();
      const copies = await folder();
      owned(pid);
      const duration = await measure(async () => expect((await ckpt(thaw)).status).toBe(0));
      await remove();
      await freeze();
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [at, moment] of moments(duration).entries()) {
          cpSync(join(store, 'a', 'document.json'), join(copies, `${round}-${at}`));
          owned(pid);
          await strike(await startCkpt(thaw), moment, signal, store);
          const here = await sessionOf(pid);
          const what = `killed after ${moment} of ${duration} ms: ${here.length} processes`;
          expect([0, 2], what).toContain(here.filter(alive).length);
          expect(readFileSync(join(store, 'a', 'document.json'))).toEqual(
            readFileSync(join(copies, `${round}-${at}`)),
          );
          expect(await ckpt(['verify', 'a', '--store', store]), what).toMatchObject({ status: 0 });
          if (!alive(pid)) {
            await until('the numbers to be free', () => !here.some(alive));
            const plain = await typed(thaw);
            // Cut off between "run on" and the note of it, only a person can know; --again says so.
            if (plain.status !== 0) {
              expect(plain.stderr).toContain('was cut off');
              expect(await typed([...thaw, '--again']), what).toMatchObject({ status: 0 });
            }
          }
          await runsOn();
          await ckpt(['rm', 'a', '--store', store, '--force']);
          await freeze();
        }
      }
      owned(pid);
      expect(await typed(thaw)).toMatchObject({ status: 0 });
      await runsOn();
      expectConsecutive(journal());
    },
    nightly ? 14_400_000 : 900_000,
  );
});
