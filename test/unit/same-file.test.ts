import type { Stats } from 'node:fs';
import { expect, test } from 'vitest';
import { isSameFile } from '../../src/checkpoint/remember/same-file.js';

const file = (dev: number, ino: number) => ({ dev, ino }) as Stats;

test('a file is the same by its number and its file system, and no file is no other one', () => {
  expect(isSameFile(file(1, 2), file(1, 2))).toBe(true);
  expect(isSameFile(file(1, 2), file(1, 3))).toBe(false);
  expect(isSameFile(file(1, 2), file(3, 2))).toBe(false);
  expect(isSameFile(file(1, 2), undefined)).toBe(false);
  expect(isSameFile(undefined, undefined)).toBe(true);
});
