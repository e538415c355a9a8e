import { expect, test } from 'vitest';
import { findTargets } from '../../src/checkpoint/closure/find-targets.js';
import { resolveTargets } from '../../src/checkpoint/plan/targets.js';
import { fail } from '../../src/errors.js';
import { removeBundles } from '../../src/restore/remove-bundles.js';
import { eachTogether } from '../../src/together.js';
import { folder } from './bundle-support.js';

const missing = (pid: number) => `there is no process ${pid}`;

test('of several PIDs that are not there, all are named', () => {
  const resolve = () => resolveTargets([812, 813, 814], [], { self: 5, shellJob: () => false });
  const named = { message: missing(812), extra: { also: [missing(813), missing(814)] } };
  expect(resolve).toThrow(expect.objectContaining(named));
});

test('of several names that nothing bears, all are named', async () => {
  const named = {
    code: 'target-missing',
    extra: { also: [missing(4194303), 'no process is called nosuch-x'] },
  };
  await expect(findTargets(['4194302', '4194303', 'nosuch-x'])).rejects.toMatchObject(named);
});

test('of several bundles that are not there, all are named', async () => {
  const request = { store: await folder(), names: ['a', 'b'], force: false, dryRun: true, emit: () => {} };
  const named = {
    code: 'bundle-missing',
    extra: { also: [expect.stringContaining('there is no bundle b')] },
  };
  await expect(removeBundles(request)).rejects.toMatchObject(named);
});

test('one failure is thrown as it is, and a bug of ours before all others', () => {
  const [alone, bug] = [fail('target-missing', { pid: 1 }), new Error('bug')];
  const thrown = (errors: readonly (Error | undefined)[]) => () =>
    eachTogether(errors, error => {
      if (error !== undefined) throw error;
      return 1;
    });
  expect(thrown([undefined, alone])).toThrow(alone);
  expect(thrown([alone, bug])).toThrow(bug);
  expect(thrown([undefined, undefined])()).toEqual([1, 1]);
});
