import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSameFile, readSmallFile } from '../../src/host/proc/files.js';
import { folder } from './bundle-support.js';

test('two names lead to the same file or to two, and one that leads nowhere is no other one', async () => {
  const place = await folder();
  const [file, link, other, none] = ['file', 'link', 'other', 'none'].map(name => join(place, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(file, 'as long');
  writeFileSync(other, 'as long');
  linkSync(file, link);
  expect(isSameFile(file, link)).toBe(true);
  expect(isSameFile(file, other)).toBe(false);
  expect(isSameFile('/proc/self', '/dev/self')).toBe(false);
  expect(isSameFile(file, none)).toBe(false);
  expect(isSameFile(none, file)).toBe(false);
  expect(isSameFile(none, join(place, 'nothing either'))).toBe(true);
});

test('a small file is read where it lies itself, and nothing that is longer, empty, or led to by a link', async () => {
  const place = await folder();
  const at = (name: string): string => join(place, name);
  writeFileSync(at('pid'), '4711\n');
  writeFileSync(at('empty'), '');
  symlinkSync(at('pid'), at('link'));
  symlinkSync(place, at('folder'));
  expect(readSmallFile(at('pid'), 5)).toBe('4711\n');
  for (const name of ['empty', 'link', 'folder/pid', 'nothing', '.'])
    expect([name, readSmallFile(at(name), 5)]).toEqual([name, undefined]);
  expect(readSmallFile(at('pid'), 4)).toBeUndefined();
});
