import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { mountDisk } from './disk.js';
import { cannotFreeze, ckpt, refusal, startCounter } from './support.js';

/** What a first write leaves free is set aside for metadata until all is on the disk. */
const FILL = 'mkdir fill; for i in 1 2; do dd if=/dev/zero of=fill/$i bs=1k 2>/dev/null; sync; done; true';

/** Shell that keeps a store from being written to, and shell that mends it, in the folder where its disk is mounted. */
const REFUSALS = [
  ['is full', FILL, 'rm -r fill', /no room/],
  ['has no inodes left', 'mkdir fill; touch fill/{1..40000} 2>/dev/null || true', 'rm -r fill', /no inodes/],
  ['is read-only', 'mount -o remount,ro .', 'mount -o remount,rw .', /read-only/],
] as const;

describe.skipIf(cannotFreeze)(`a store that takes no thaw${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.for(REFUSALS)(
    'because it %s is named, and thawed from once that is mended',
    async ([, breaks, mends, why], { skip }) => {
      const disk = await mountDisk();
      if (disk === undefined) return skip('no ext4 on a loop device can be mounted here');
      const shell = (line: string) => execa('bash', ['-c', line], { cwd: disk.at });
      const store = join(disk.at, 'store');
      try {
        const { pid, runsOn } = await startCounter();
        expect((await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).status).toBe(0);
        await shell(breaks);
        const failure = await refusal(['thaw', 'a', '--store', store]);
        expect(failure).toMatchObject({ code: 'thaw-store', exit: 3, why: expect.stringMatching(why) });
        expect(existsSync(join(store, 'a', 'frozen'))).toBe(true);
        await shell(mends);
        expect((await ckpt(['thaw', 'a', '--store', store])).status).toBe(0);
        await runsOn();
      } finally {
        await execa('umount', [disk.at], { reject: false });
      }
    },
  );
});
