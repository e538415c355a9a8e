import { linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSameFile } from '../../src/host/proc/files.js';
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
