import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gatherFacts } from '../../src/checkpoint/check/index.js';
import { DEFAULTS } from '../../src/checkpoint/check/options.js';
import { planFreeze } from '../../src/checkpoint/plan/plan.js';
import { newKernelWarning, thawSide } from '../../src/checkpoint/plan/thaw-side.js';
import { judgeCriu } from '../../src/host/doctor/criu.js';
import { listTasks, readTask, type Task } from '../../src/host/proc/index.js';
import { systemIdentity } from '../../src/host/system.js';

vi.mock('../../src/host/system.js', { spy: true });

const nobodySaid = { kernel: undefined, criu: undefined };
const request = (kernel: string | undefined, criu: string) =>
  ({
    criu,
    thaw: { kernel, criu: undefined },
    optionsOf: () => undefined,
    breaks: [],
    unchecked: false,
  }) as never;

it.each([
  ['7.2', '3.17.1', '3.17.1'],
  ['6.12', '4.2.1', '4.2.1'],
])('on kernel %s CRIU %s is taken to thaw what it freezes', (kernel, criu, expected) => {
  expect(thawSide({ kernel, criu: undefined }, criu)).toEqual({ kernel, criu: expected });
});

it('a CRIU that was named is meant, and none where no kernel was', () => {
  expect(thawSide({ kernel: '7.2', criu: '4.2.1' }, '3.17.1').criu).toBe('4.2.1');
  expect(thawSide(nobodySaid, '3.17.1')).toEqual(nobodySaid);
});

describe('a freeze by CRIU 3.17.1 on kernel 6.1', () => {
  let child: ChildProcess;
  const plan = async (kernel: string) => {
    const root = child.pid ?? 0;
    const seen = await gatherFacts([root], listTasks());
    const task = readTask(root) as Task;
    const trees = [{ root: task, processes: [task], leaderless: false }];
    const optionsOf = () => DEFAULTS;
    const thaw = { kernel, criu: undefined };
    return planFreeze(trees, seen, { criu: '3.17.1', thaw, optionsOf, breaks: [], unchecked: false });
  };
  beforeAll(() => {
    child = spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
    const here = systemIdentity();
    vi.mocked(systemIdentity).mockReturnValue({ ...here, kernel: '6.1.0' });
  });
  afterAll(() => child.kill('SIGKILL'));

  it('is refused for kernel 7.2, on which that CRIU does not start, and not for 6.12', async () => {
    await expect(plan('7.2')).rejects.toMatchObject({ code: 'freeze-blocked' });
    expect((await plan('6.12')).trees[0]?.root.pid).toBe(child.pid);
  });
});

it('where no kernel is named, a freeze warns of a CRIU that newer ones are too new for', () => {
  const { warnings } = planFreeze([], undefined, request(undefined, '3.17.1'));
  expect(warnings).toEqual([expect.stringMatching(/CRIU 3\.17\.1 .* kernels from 6\.13 on: .*--for-kernel/)]);
  expect(planFreeze([], [], request(undefined, '3.17.1')).warnings).toEqual(warnings);
});

it.each([
  [undefined, '4.2.1'],
  ['6.12', '3.17.1'],
  ['7.2', '4.1.1'],
])('for kernel %s and CRIU %s it does not', (kernel, criu) => {
  expect(planFreeze([], [], request(kernel, criu)).warnings).toEqual([]);
});

it('who will thaw is meant where that was said', () => {
  expect(newKernelWarning({ kernel: undefined, criu: '4.2.1' }, '3.17.1')).toBeUndefined();
});

it('doctor says it, too', () => {
  const of = (version: string) =>
    judgeCriu(
      { path: '/usr/sbin/criu', version, chosenBy: 'PATH' },
      { verdict: 'good', complaints: [] },
      '6.1.0',
    ).map(({ id }) => id);
  expect(of('3.17.1')).toContain('criu.newer-kernels');
  expect(of('4.2.1')).not.toContain('criu.newer-kernels');
});
