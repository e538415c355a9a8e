import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { guardScript } from '../../src/host/guard.js';
import { cannotFreeze, ckpt, folder, owned, startCounter } from './support.js';

const LAST = '/proc/sys/kernel/ns_last_pid';
const last = (): number => Number(readFileSync(LAST, 'utf8'));
const most = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));

/** Puts something frozen into a store whose highest number is more above the last than anybody starts meanwhile. */
function freezeAbove(store: string): number {
  // So near to the end numbers begin anew, as the kernel has them do.
  if (most - last() < 2000) writeFileSync(LAST, '300');
  const highest = last() + 500;
  mkdirSync(join(store, 'above'));
  writeFileSync(join(store, 'above', 'frozen'), `${highest}\n`);
  return highest;
}

describe.skipIf(cannotFreeze)(`numbers of the frozen${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('are kept free by ckpt guard, and by its script in early boot', async () => {
    const [first, second] = [await folder(), await folder()];
    const guarded = freezeAbove(first);
    expect(await ckpt(['guard', '--store', first])).toMatchObject({ status: 0 });
    expect(last()).toBeGreaterThanOrEqual(guarded);
    const booted = freezeAbove(second);
    await execa('sh', ['-c', guardScript(second)]);
    expect(last()).toBeGreaterThanOrEqual(booted);
    // A number that is lower than the last is in nobody's way.
    const now = last();
    await execa('sh', ['-c', guardScript(first)]);
    expect(last()).toBeGreaterThanOrEqual(now);
  });

  it('are kept free by a thaw, for all that it thaws and for what waits', async () => {
    const store = await folder();
    const { pid, runsOn } = await startCounter();
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    const waiting = freezeAbove(store);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    expect(last()).toBeGreaterThanOrEqual(waiting);
    await runsOn();
  });
});
