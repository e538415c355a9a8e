import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, refusal, startCounter } from './support.js';

describe.skipIf(cannotFreeze)(
  `a store on a file system with noexec${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('is refused by a freeze and a thaw before anything is begun, and serves once it allows programs', async () => {
      const at = join(await folder(), 'var');
      await mkdir(at);
      await execa('mount', ['-t', 'tmpfs', '-o', 'noexec,nosuid,nodev', 'ckpt-test', at]);
      const remount = (how: string) => execa('mount', ['-o', `remount,bind,nosuid,nodev,${how}`, at]);
      try {
        const { pid, runsOn } = await startCounter();
        const freeze = ['freeze', String(pid), '--name', 'a', '--store', at];
        const thaw = ['thaw', 'a', '--store', at];
        expect(await refusal(freeze)).toMatchObject({ code: 'store-noexec', exit: 3 });
        expect(await refusal([...freeze, '--dry-run'])).toMatchObject({ code: 'store-noexec' });
        await runsOn();
        await remount('exec');
        const file = join(await folder(), 'a.ckpt');
        const frozen = await ckpt([...freeze, '--out', file]);
        expect(frozen.status, frozen.stderr).toBe(0);
        await remount('noexec');
        expect(await refusal(thaw)).toMatchObject({ code: 'store-noexec', exit: 3 });
        const other = join(at, 'other');
        await mkdir(other);
        expect(await refusal(['thaw', file, '--store', other])).toMatchObject({ code: 'store-noexec' });
        expect(await readdir(other)).toEqual([]);
        await remount('exec');
        const thawed = await ckpt(thaw);
        expect(thawed.status, thawed.stderr).toBe(0);
        await runsOn();
      } finally {
        await execa('umount', ['-l', at]);
      }
    });
  },
);
