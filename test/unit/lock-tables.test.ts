import { expect, test } from 'vitest';
import { lockTables } from '../../src/host/nftables.js';

test('what a bundle says of its dump becomes the name of a table, and never a command of nft', () => {
  // CRIU cuts the name off before 4.3.
  expect(lockTables('0123456789abcdef-0123456789', 7)).toEqual([
    'CRIU-0123456789abcdef-0123456789',
    'CRIU-0123456789abcdef-0123',
  ]);
  expect(lockTables('0123456789abcdef', 7)).toEqual(['CRIU-0123456789abcdef']);
  expect(lockTables(undefined, 7)).toEqual(['CRIU-7']);
  expect(lockTables('x; flush ruleset', 7)).toEqual([]);
});
