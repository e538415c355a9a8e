import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below } from '../../src/host/criu/stall.js';
import {
  alive,
  type Counter,
  cannotFreeze,
  ckpt,
  criu,
  expectConsecutive,
  failureOf,
  folder,
  owned,
  refusal,
  running,
  smallDisk,
  startCkpt,
  startCounter,
  until,
} from './support.js';

const fake = join(import.meta.dirname, 'programs', 'fake-criu.sh');
const misbehaving = async (how: string): Promise<Record<string, string>> => ({
  FAKE: how,
  REAL: await criu(),
  CKPT_CRIU: fake,
});

/** What must hold after any freeze that failed: the tree runs on, and nothing is left behind in the store but logs. */
async function expectUntouched(counter: Counter, store: string): Promise<void> {
  await counter.runsOn();
  expectConsecutive(counter.journal());
  expect(readdirSync(store).filter(name => name !== '.logs')).toEqual([]);
  expect(running(store)).toEqual([]);
}

describe.skipIf(cannotFreeze)(
  `a freeze by a CRIU that misbehaves${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it.each([
      ['dies', 'criu-silent', /with status 1/],
      ['signalled', 'criu-sigkill', /SIGKILL/],
      ['lies', 'criu-silent', /with status 0/],
      ['garbage', 'freeze-images', /does not begin like/],
      ['empty', 'freeze-images', /no CRIU images/],
      ['half', 'freeze-images', /pstree/],
    ])('that %s: %s', async (how, code, why) => {
      const store = await folder();
      const counter = await startCounter();
      const failure = await refusal(['freeze', String(counter.pid), '--store', store], {
        env: await misbehaving(how),
      });
      expect(failure.code).toBe(code);
      expect(failure.exit).toBe(6);
      expect(failure.why).toMatch(why);
      await expectUntouched(counter, store);
    });

    it('that hangs is given up after --patience', async () => {
      const store = await folder();
      const counter = await startCounter();
      const args = ['freeze', String(counter.pid), '--store', store, '--patience', '2s'];
      const failure = await refusal(args, { env: await misbehaving('hangs') });
      expect(failure).toMatchObject({ code: 'criu-hung', exit: 6 });
      await expectUntouched(counter, store);
    });

    it('that hangs is given up at Ctrl-C', async () => {
      const store = await folder();
      const counter = await startCounter();
      const freeze = ['freeze', String(counter.pid), '--store', store, '--patience', '2s', '--json'];
      const run = await startCkpt(freeze, { env: await misbehaving('hangs') });
      await until('CRIU to be started', () => running(join(store, '.work-')).length > 0);
      process.kill(-run.pid, 'SIGINT');
      const ended = await run.ended;
      expect(ended.status).toBe(3);
      expect(failureOf(ended)).toMatchObject({ code: 'freeze-interrupted' });
      await expectUntouched(counter, store);
    });

    it('that fails after the bundle was sealed: says that the bundle is complete, and it is', async () => {
      const store = await folder();
      const { pid, runsOn, journal } = await startCounter();
      const args = ['freeze', String(pid), '--name', 'a', '--store', store];
      const failure = await refusal(args, { env: await misbehaving('deaf') });
      expect(failure).toMatchObject({ code: 'freeze-after-seal', exit: 6 });
      expect(failure.why).toContain('the fake is deaf');
      expect(alive(pid)).toBe(false);
      expect((await ckpt(['verify', 'a', '--store', store])).status).toBe(0);
      owned(pid);
      expect((await ckpt(['thaw', 'a', '--store', store])).status).toBe(0);
      await runsOn();
      expectConsecutive(journal());
    });

    it('that hangs after the bundle was sealed is left alone: what it holds may be in the bundle and here', async () => {
      const store = await folder();
      const { pid } = await startCounter();
      const args = ['freeze', String(pid), '--name', 'a', '--store', store, '--patience', '2s'];
      const failure = await refusal(args, { env: await misbehaving('stuck') });
      expect(failure).toMatchObject({ code: 'freeze-after-seal', exit: 6 });
      expect(failure.why).toContain('does not end');
      const hanging = running(store);
      expect(hanging).not.toEqual([]);
      for (const one of hanging.flatMap(each => [each, ...below(each)])) process.kill(one, 'SIGKILL');
      expect((await ckpt(['verify', 'a', '--store', store])).status).toBe(0);
    });

    it('that fills the disk before it writes', async () => {
      const disk = await smallDisk(60);
      const store = join(disk.path, 'store');
      const counter = await startCounter({ inside: disk.inside, mib: 20 });
      const env = { ...(await misbehaving('fills')), FILL: `head -c 45M /dev/zero > ${disk.path}/filler` };
      const failure = await refusal(['freeze', String(counter.pid), '--store', store], {
        env,
        inside: disk.inside,
      });
      expect(failure, failure.why).toMatchObject({ code: 'store-filled', exit: 3 });
      await counter.runsOn();
      expectConsecutive(counter.journal());
    });

    it('a disk that is full when the bundle itself is written', async () => {
      const disk = await smallDisk(60);
      const store = join(disk.path, 'store');
      const counter = await startCounter({ inside: disk.inside, mib: 5 });
      const env = {
        ...(await misbehaving('fills-late')),
        FILL: `head -c 100M /dev/zero > ${disk.path}/filler; exit 0`,
      };
      const failure = await refusal(['freeze', String(counter.pid), '--store', store], {
        env,
        inside: disk.inside,
      });
      expect(failure, failure.why).toMatchObject({ code: 'store-filled', exit: 3 });
      await counter.runsOn();
      expectConsecutive(counter.journal());
    });
  },
);

describe.skipIf(cannotFreeze)(
  `a thaw by a CRIU that misbehaves${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('leaves the bundle as it was and no half-built process, however it fails', async () => {
      const store = await folder();
      const { pid, runsOn, journal } = await startCounter();
      expect((await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).status).toBe(0);
      const state = readFileSync(join(store, 'a', 'state.json'), 'utf8');
      const thaw = ['thaw', 'a', '--store', store];
      const cases: readonly [how: string, code: string][] = [
        ['dies', 'criu-silent-thaw'],
        ['signalled', 'criu-sigkill-thaw'],
        ['lies', 'criu-silent-thaw'],
        ['empty', 'thaw-process-missing'],
        ['hangs', 'criu-hung'],
      ];
      for (const [how, code] of cases) {
        const failure = await refusal([...thaw, '--patience', '2s'], { env: await misbehaving(how) });
        expect(failure, how).toMatchObject({ code, exit: 6 });
        expect(readFileSync(join(store, 'a', 'state.json'), 'utf8'), how).toBe(state);
        expect(existsSync(`/proc/${pid}`), how).toBe(false);
        expect(running(store), how).toEqual([]);
      }
      owned(pid);
      expect((await ckpt(thaw)).status).toBe(0);
      await runsOn();
      expectConsecutive(journal());
    });
  },
);
