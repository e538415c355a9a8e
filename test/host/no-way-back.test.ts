/** What CRIU writes without a word, and could never bring back: only its images show it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { alive, cannotFreeze, folder, python, refusal, start, until } from './support.js';

const tiles = /\bamx_tile\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
const cannot = cannotFreeze ?? (tiles ? undefined : 'this processor has no AMX');

/** Asks for AMX (ARCH_REQ_XCOMP_PERM for the state 18), and sets up tiles: `ldtilecfg [rdi]; ret`. */
const USES_TILES = `
import ctypes, mmap, sys, time
libc = ctypes.CDLL(None)
assert libc.syscall(158, 0x1023, 18) == 0
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex('c4e2784907c3'))
settings = (ctypes.c_ubyte * 64)(1)
settings[16] = 64
settings[48] = 16
at = ctypes.addressof(ctypes.c_ubyte.from_buffer(code))
ctypes.CFUNCTYPE(None, ctypes.c_void_p)(at)(ctypes.addressof(settings))
open(sys.argv[1], 'w').close()
while True: time.sleep(0.05)
`;

it.skipIf(cannot)(
  `a program that uses AMX tiles is refused, and runs on${cannot === undefined ? '' : ` (${cannot})`}`,
  async () => {
    const ready = join(await folder(), 'ready');
    const { pid } = start(python, ['-c', USES_TILES, ready]);
    await until('the program to use tiles', () => existsSync(ready));
    const failure = await refusal(['freeze', String(pid), '--store', await folder()]);
    expect(failure).toMatchObject({ code: 'freeze-no-way-back', exit: 3 });
    expect(failure.message).toContain(`process ${pid} `);
    expect(failure.why).toContain('AMX tiles');
    expect(alive(pid)).toBe(true);
  },
);
