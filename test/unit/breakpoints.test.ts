import { describe, expect, it } from 'vitest';
import { breakpointsIn, parseSmaps } from '../../src/host/proc/index.js';

const code = Uint8Array.from([0x55, 0x48, 0x89, 0xe5, 0x90, 0xc3, 0xcc, 0xcc]);
const changed = (...bytes: readonly (readonly [number, number])[]): Uint8Array => {
  const copy = Uint8Array.from(code);
  for (const [at, byte] of bytes) copy[at] = byte;
  return copy;
};

describe('breakpoints in code', () => {
  it('are single bytes that the file has otherwise, at the borders of a page, too', () => {
    expect(breakpointsIn(changed([0, 0xcc], [4, 0xcc]), code)).toEqual([0, 4]);
    expect(breakpointsIn(code, code)).toEqual([]);
  });
  it('are no addresses that were filled in, nor what else was written', () => {
    expect(breakpointsIn(changed([2, 0xcc], [3, 0x7f]), code)).toEqual([]);
    expect(breakpointsIn(changed([2, 0x90]), code)).toEqual([]);
  });
  it('are looked for in code of files that has pages of its own', () => {
    const smaps = (access: string, anonymous: number): string =>
      `7f00-9f00 ${access} 00002000 fe:00 12                    /usr/lib/libc.so.6\nSize: 8 kB\nAnonymous:             ${anonymous} kB\nVmFlags: rd ex mr mw me \n`;
    const text = smaps('r-xp', 4) + smaps('r-xp', 0) + smaps('rw-p', 4) + smaps('r-xs', 4);
    expect(parseSmaps(text).changedCode).toMatchObject([{ start: '7f00', offset: 0x2000 }]);
  });
});
