import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  alive,
  cannotFreeze,
  ckpt,
  folder,
  owned,
  refusal,
  running,
  start,
  startCounter,
} from './support.js';
import { type Creature, startCreature } from './zoo/keeper.js';

let creature: Creature | undefined;
afterEach(async () => {
  await creature?.end();
  creature = undefined;
});

/** Starts a creature of the zoo; gives the words that name its trees. */
async function targetsOf(name: string): Promise<readonly string[]> {
  creature = await startCreature(name);
  return creature.target.map(String);
}

function pidOf(role: string): number {
  return [...(creature?.roles ?? [])].find(([, name]) => name === role)?.[0] ?? 0;
}

describe.skipIf(cannotFreeze)(`a freeze that looks first${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('names the tie that blocks, its other end and what to do, and stops nothing', async () => {
    const store = await folder();
    const [target = ''] = await targetsOf('unix_client_inside');
    const failure = await refusal(['freeze', target, '--store', store]);
    expect(failure).toMatchObject({ code: 'freeze-blocked', exit: 3 });
    expect(failure.message).toContain(`(PID ${target}) cannot be frozen as asked, so nothing was stopped`);
    expect(failure.why).toContain('unix stream connection');
    expect(failure.why).toContain(`python3 (PID ${pidOf('outer')})`);
    expect(failure.hint).toContain('--with-ties');
    expect(alive(Number(target))).toBe(true);
    expect(readdirSync(store)).toEqual([]);
    expect(running(store), 'a CRIU that waited').toEqual([]);
  });

  it('names the common ancestor that would make two trees one', async () => {
    const store = await folder();
    const targets = await targetsOf('two_trees_one_pipe');
    const failure = await refusal(['freeze', ...targets, '--store', store]);
    expect(failure).toMatchObject({ code: 'freeze-blocked', exit: 3 });
    expect(failure.hint).toContain(`Freeze their common ancestor python3 (PID ${pidOf('outer')}) instead`);
    for (const pid of targets) expect(alive(Number(pid))).toBe(true);
    expect(readdirSync(store)).toEqual([]);
  });

  it('refuses for every other thing that check finds, all named at once', async () => {
    const [target = ''] = await targetsOf('secret_memory');
    const ran = await ckpt(['freeze', target, '--store', await folder()]);
    expect(ran.status).toBe(3);
    expect(ran.stderr.split('\n').filter(line => line.startsWith('  also: '))).toHaveLength(1);
    const json = JSON.parse((await ckpt(['--json', 'freeze', target, '--store', await folder()])).stdout);
    expect(json.error.also).toHaveLength(1);
  });

  it('warns of what crosses, a line each, and freezes', async () => {
    const store = await folder();
    const [target = ''] = await targetsOf('pipe_to_outside');
    const plan = await ckpt(['freeze', target, '--dry-run', '--store', store]);
    const frozen = await ckpt(['freeze', target, '--name', 'a', '--store', store]);
    for (const ran of [plan, frozen]) {
      expect(ran.status).toBe(0);
      expect(ran.stderr).toMatch(
        /^ckpt: warning: pipe \d+ \[pipe:\d+\]: The pipe is cut: python3 \(PID \d+\)/,
      );
      expect(ran.stderr.trim().split('\n')).toHaveLength(1);
    }
    owned(Number(target));
    expect((await ckpt(['thaw', 'a', '--store', store])).status).toBe(0);
  });

  it('is not held up by what cannot be known', async () => {
    const store = await folder();
    const [target = ''] = await targetsOf('big_file_in_memory');
    const limit = ['--ghost-limit', '1M'];
    const frozen = await ckpt(['freeze', target, '--name', 'a', '--store', store, ...limit]);
    expect(frozen.status).toBe(0);
    expect(frozen.stderr).toContain('not known beforehand');
    owned(Number(target));
    expect((await ckpt(['thaw', 'a', '--store', store])).status).toBe(0);
  });

  it('leaves it to CRIU with --unchecked', async () => {
    const [target = ''] = await targetsOf('unix_client_inside');
    const failure = await refusal(['freeze', target, '--unchecked', '--store', await folder()]);
    expect(failure).toMatchObject({ code: 'criu-unix-outside', exit: 3 });
    expect(alive(Number(target))).toBe(true);
  });

  it('takes programs by their name, and refuses all where one is not there', async () => {
    const [store, place] = [await folder(), await folder()];
    const name = `zoo-${process.pid}`;
    symlinkSync('/usr/bin/sleep', join(place, name));
    const { pid } = start(join(place, name), ['1000']);
    const counter = await startCounter();
    const freeze = ['freeze', '--store', store, '--name', 'a', String(counter.pid)];
    const wrong = await refusal([...freeze, name, `${name}-not`]);
    expect(wrong).toMatchObject({ code: 'target-name-unknown', exit: 3 });
    await counter.runsOn();
    expect((await ckpt([...freeze, name])).status).toBe(0);
    expect([alive(pid), alive(counter.pid)]).toEqual([false, false]);
    owned(pid);
    owned(counter.pid);
    expect((await ckpt(['thaw', 'a', '--store', store])).status).toBe(0);
    expect(alive(pid)).toBe(true);
    await counter.runsOn();
  });
});
