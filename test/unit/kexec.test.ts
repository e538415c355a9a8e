import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { switchWarnings } from '../../src/cli/commands/freeze/switch-warnings.js';
import { requireWay } from '../../src/cli/commands/switch/way.js';
import { freezeText } from '../../src/cli/render/freeze-text.js';
import { refuseUnfit } from '../../src/host/doctor/refuse-unfit.js';
import { wayOut } from '../../src/host/kexec.js';

const open = { loaded: '0', disabled: '0', lockdown: '[none] integrity confidentiality' };
const locked = { ...open, lockdown: 'none [integrity] confidentiality' };

describe('how a kernel gives way to another', () => {
  test.each([
    [open, 'load'],
    [{ ...open, lockdown: undefined }, 'load'],
    [{ ...open, loaded: '1' }, 'loaded'],
    [{ ...open, loaded: undefined }, 'no-kexec'],
    [{ ...open, disabled: '1' }, 'disabled'],
    [{ ...open, disabled: '1', loaded: '1' }, 'loaded'],
    [locked, 'load-signed'],
    [{ ...locked, disabled: '1' }, 'disabled'],
  ])('%j: %s', (state, way) => {
    expect(wayOut(state)).toBe(way);
  });

  test('what cannot be loaded is said before anything stands still', () => {
    expect(switchWarnings(open, {})).toEqual([]);
    expect(switchWarnings({ ...open, disabled: '1' }, {})).toEqual([
      expect.stringMatching(/kernel\.kexec_load_disabled is 1.*ordinary reboot/),
    ]);
    expect(switchWarnings(locked, {})).toEqual([
      expect.stringMatching(/locked down \(integrity\).*--kexec-file-syscall/),
    ]);
    expect(switchWarnings(locked, { leaveRunning: true })).toEqual([]);
  });

  test('a locked kernel is told to load a signed one', () => {
    const result = {
      ...{ name: 'db', path: '/var/lib/ckpt/db', trees: [], memory: 1, guarded: false },
      ...{ stoodStill: 1, total: 1, heldBack: [], bootUnit: undefined },
    };
    expect(freezeText(result, {}, ['signed-kernel'], { by: 'kexec -e' })).toMatch(
      /kexec --kexec-file-syscall -l/,
    );
  });
});

describe('a switch needs a way to load the kernel of its choice', () => {
  const noKexec = (remedy: RegExp) =>
    expect.objectContaining({ code: 'switch-no-kexec', exit: 7, hint: expect.stringMatching(remedy) });

  test.each([
    [{ ...open, loaded: undefined }, /--thaw-at-boot, then type: reboot$/],
    [{ ...open, disabled: '1' }, /--thaw-at-boot, then type: reboot$/],
    // What waits is not known to be the one that was looked at.
    [{ ...open, disabled: '1', loaded: '1' }, /--thaw-at-boot, then type: systemctl kexec$/],
  ])('%j is refused', (state, remedy) => {
    expect(() => requireWay(state, process.env.PATH)).toThrow(noKexec(remedy));
  });

  test('a locked kernel is asked the way that it takes, and one that waits is noted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ckpt-kexec-'));
    try {
      const program = join(folder, 'kexec');
      await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
      expect(requireWay(locked, folder)).toEqual({ program, signed: true, waits: false });
      expect(requireWay({ ...open, loaded: '1' }, folder)).toEqual({ program, signed: false, waits: true });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('where nobody may trace, nothing is frozen or thawed', async () => {
  const criu = { path: '/usr/sbin/criu', version: '4.2.1', chosenBy: 'PATH' } as const;
  await expect(refuseUnfit(criu, '6.12', 3)).rejects.toMatchObject({ code: 'ptrace-forbidden', exit: 7 });
  await refuseUnfit(criu, '6.12', 2);
  await refuseUnfit(criu, '6.12', undefined);
});
