import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram } from '../../src/host/find-program.js';

test('a program is looked for in the folders of PATH, and then where PATH may not lead', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ckpt-path-'));
  try {
    const file = join(folder, 'ckpt-looks-for-this');
    const find = (path: string) => findProgram('ckpt-looks-for-this', path);
    writeFileSync(file, '');
    expect(find(folder)).toBeUndefined();
    chmodSync(file, 0o755);
    expect(find(`relative:/nowhere:${folder}`)).toEqual({ file, inPath: true });
    // Where ckpt happens to be started must not decide what is started as root.
    expect(find(relative(process.cwd(), folder))).toBeUndefined();
    mkdirSync(join(folder, 'other', 'ckpt-looks-for-this'), { recursive: true });
    expect(find(`${join(folder, 'other')}:${folder}`)).toEqual({ file, inPath: true });
    expect(findProgram('sh', folder)).toMatchObject({ inPath: false });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
