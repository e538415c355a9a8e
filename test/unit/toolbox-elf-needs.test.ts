import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { newestGlibc, versionsNeeded } from '../../scripts/build/elf-needs.js';

test('this Node needs a glibc, and every version it needs is a real name', () => {
  const needed = versionsNeeded(readFileSync(process.execPath));
  expect(needed).toContain('GLIBC_2.2.5');
  expect(needed.filter(name => !/^[A-Z_]+[0-9.]+$/.test(name))).toEqual([]);
});

test('versions are compared as numbers', () => {
  expect(newestGlibc(['GLIBC_2.9', 'GLIBC_2.31', 'GLIBCXX_3.4.21', 'GLIBC_2.2.5'])).toEqual([2, 31]);
  expect(newestGlibc(['GLIBCXX_3.4.21'])).toBeUndefined();
});

test('what is no ELF file is refused', () => {
  expect(() => versionsNeeded(Buffer.from('#!/bin/sh\n'.padEnd(80)))).toThrow('not a 64-bit ELF file');
});
