import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { type Disk, mountDisk } from './disk.js';
import { cannotFreeze, criuThat, folder, refusal, startCounter } from './support.js';

/** Freezes a program onto a disk that fails. */
async function freezeOnto({ at, fails }: Disk, early: boolean): Promise<void> {
  const script = join(await folder(), 'script');
  const text = `#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0\n${fails}\n`;
  await writeFile(script, text, { mode: 0o700 });
  const env = { CKPT_CRIU: await criuThat(early ? fails : `set -- "$@" --action-script ${script}`) };
  const { pid, runsOn } = await startCounter();
  const store = join(at, 'store');
  const failure = await refusal(['freeze', String(pid), '--name', 'a', '--store', store], { env });
  expect(failure).toMatchObject({ code: 'store-failed', exit: 3 });
  expect(existsSync(join(store, 'a'))).toBe(false);
  await runsOn();
}

describe.skipIf(cannotFreeze)(
  `a disk that fails in a freeze${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it.for([
      ['before CRIU writes', true],
      ['when all is written', false],
    ] as const)('%s: the processes run on, and it is named', async ([, early], { skip }) => {
      const disk = await mountDisk();
      if (disk === undefined) return skip('no ext4 on a loop device can be mounted here');
      try {
        await freezeOnto(disk, early);
      } finally {
        await execa('umount', [disk.at]);
      }
    });
  },
);
