import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { criuFromToolbox } from '../../scripts/toolbox/index.js';
import { alive, ckpt, folder, refusal } from './support.js';
import { refusesPasscred } from './this-kernel.js';
import { realVerdict } from './zoo/criu.js';
import { type Creature, startCreature } from './zoo/keeper.js';

let creature: Creature | undefined;
afterEach(async () => {
  await creature?.end();
  creature = undefined;
});

async function targetOf(name: string): Promise<string> {
  creature = await startCreature(name);
  return `${creature.target[0]}`;
}

/** Runs a command that must print one JSON document. */
async function json(args: readonly string[]): Promise<Record<string, never>> {
  const ran = await ckpt([...args, '--json']);
  return JSON.parse(ran.stdout) as Record<string, never>;
}

describe('ckpt check', () => {
  it.each([
    ['alone', 0, 'can be frozen'],
    ['io_uring', 3, 'cannot be frozen'],
    ['pipe_to_outside', 8, 'with losses'],
    ['tcp_pending', 9, 'cannot be seen from outside'],
  ])('says of %s with status %i: %s', async (name, status, words) => {
    const ran = await ckpt(['check', await targetOf(name)]);
    expect(ran.stdout).toContain(words);
    expect(ran.status).toBe(status);
    expect(ran.stderr).toBe('');
  });

  it('says the same as JSON, with why and what to do', async () => {
    const pid = await targetOf('io_uring');
    const ran = await ckpt(['check', pid, '--json']);
    expect(ran.status).toBe(3);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      kind: 'check',
      verdict: 'cannot',
      trees: [
        { root: Number(pid), findings: [{ rule: 'io-uring', severity: 'cannot' }, { severity: 'note' }] },
      ],
    });
  });

  it('refuses a tree inside another one, as a freeze does', async () => {
    const pid = await targetOf('family_with_pipe');
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] ?? '';
    expect(await refusal(['check', pid, child])).toMatchObject({ code: 'target-nested', exit: 2 });
    expect(await refusal(['check', child, pid])).toMatchObject({ facts: { inner: Number(child) } });
  });

  it('refuses a name that nothing bears, and a unit that does not run', async () => {
    const unknown = await ckpt(['check', 'no-such-program']);
    expect([unknown.status, unknown.stdout]).toEqual([3, '']);
    expect(unknown.stderr).toContain('no process is called no-such-program');
    expect((await ckpt(['check', 'no-such.service'])).status).toBe(3);
  });

  it('takes a job of a shell only with --shell-job', async () => {
    const pid = await targetOf('terminal_outside');
    expect((await ckpt(['check', pid])).status).toBe(3);
    expect((await ckpt(['check', pid, '--shell-job'])).status).toBe(8);
  });

  it('judges for the kernel and the CRIU of the thaw', async () => {
    const pid = await targetOf('udp_lite');
    expect((await ckpt(['check', pid])).status).toBe(0);
    expect((await ckpt(['check', pid, '--for-kernel', '7.2.0-1-amd64'])).status).toBe(3);
    expect((await ckpt(['check', pid, '--for-kernel', '6.18', '--for-criu', '3.17.1'])).status).toBe(3);
    const typo = await ckpt(['check', pid, '--for-kernel', 'bookworm']);
    expect([typo.status, typo.stderr]).toEqual([2, expect.stringContaining('the release of a kernel')]);
  });

  it('is asked by a freeze whose kernel of the thaw is named, before anything is stopped', async () => {
    const pid = await targetOf('udp_lite');
    const refused = await refusal(['freeze', pid, '--store', await folder(), '--for-kernel', '7.2']);
    expect(refused).toMatchObject({ code: 'freeze-blocked', exit: 3 });
    expect(refused.why).toContain('UDP-Lite');
    expect(alive(Number(pid))).toBe(true);
  });

  it.runIf(refusesPasscred)(
    'knows that CRIU 4.1.1 cannot freeze sockets on this kernel, and it cannot',
    async () => {
      const pid = await targetOf('tcp_listening');
      const old = await criuFromToolbox('4.1.1');
      expect((await ckpt(['check', pid])).status).toBe(0);
      const verdict = await json(['check', pid, '--criu', old]);
      expect(verdict).toMatchObject({
        verdict: 'cannot',
        trees: [{ findings: [{ rule: 'passcred' }, { severity: 'note' }] }],
      });
      const reality = await realVerdict(Number(pid), creature?.folder ?? '', [], old);
      expect(reality.dump).toBe('failed');
    },
  );
});

describe('ckpt graph', () => {
  it('draws the tree and what crosses, in every form', async () => {
    const pid = await targetOf('pipe_to_outside');
    const text = await ckpt(['graph', pid]);
    expect(text.status).toBe(0);
    expect(text.stdout).toContain('~ pipe');
    expect(text.stdout).toContain('0 blocking, 2 crossing');
    expect((await ckpt(['graph', pid, '--dot'])).stdout).toMatch(/^digraph ckpt \{/);
    expect((await ckpt(['graph', pid, '--svg'])).stdout).toContain('<svg');
    const graph = await json(['graph', pid]);
    expect(graph).toMatchObject({ kind: 'graph' });
  });

  it('grows until nothing crosses', async () => {
    const pid = await targetOf('pipe_to_outside');
    const before = (await json(['graph', pid])) as unknown as { ties: { kind: string; standing: string }[] };
    expect(before.ties.some(tie => tie.kind === 'pipe' && tie.standing === 'crossing')).toBe(true);
    const after = (await json(['graph', pid, '--with-ties'])) as unknown as typeof before;
    expect(after.ties.some(tie => tie.kind === 'pipe' && tie.standing === 'inside')).toBe(true);
  });
});
