import { expect, test } from 'vitest';
import { compareVersions, isOlder, liesIn, numbersOf, versionOf } from '../../src/versions.js';

test('versions are in order by their numbers, not by their letters', () => {
  expect(['3.17.1', '4.1.1', '4.2', '4.10', '3.9'].sort(compareVersions)).toEqual([
    '3.9',
    '3.17.1',
    '4.1.1',
    '4.2',
    '4.10',
  ]);
  expect(compareVersions('4.2', '4.2.0')).toBe(0);
  expect(compareVersions('criu 4.2', '4.2')).toBe(0);
  expect(isOlder('4.1.1', '4.2')).toBe(true);
  expect(isOlder('4.2', '4.2.0')).toBe(false);
});

test('a release is more than its version', () => {
  expect(versionOf('6.1.0-50-cloud-amd64')).toBe('6.1.0');
  expect(versionOf('7.2-rc1')).toBe('7.2');
  expect(versionOf('v4.2')).toBe('4.2');
  expect(versionOf('rolling')).toBeUndefined();
  expect(numbersOf('criu 3.17.1')).toEqual([3, 17, 1]);
  expect(numbersOf('rolling')).toEqual([0]);
});

test.each([
  ['6.16', { least: '6.16' }, true],
  ['6.15.9', { least: '6.16' }, false],
  ['4.2', { below: '4.2' }, false],
  ['4.1.1', { below: '4.2' }, true],
  ['4.1.1', { least: '3.18', below: '4.2' }, true],
  ['5.0', {}, true],
] as const)('%s in %o: %s', (version, range, answer) => {
  expect(liesIn(version, range)).toBe(answer);
});
