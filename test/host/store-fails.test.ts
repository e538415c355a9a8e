import { existsSync } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, criuThat, folder, refusal, startCounter } from './support.js';

/** A store on a file system of its own, and what makes it fail as after an error of the disk. */
interface Disk {
  readonly at: string;
  readonly fails: string;
}

/** undefined where none can be mounted. */
async function mountDisk(): Promise<Disk | undefined> {
  const place = await folder();
  const [image, at] = [join(place, 'image'), join(place, 'disk')];
  await writeFile(image, '');
  await truncate(image, 64 * 2 ** 20);
  await mkdir(at);
  const made = await execa('mkfs.ext4', ['-q', image], { reject: false });
  const mounted = await execa('mount', ['-o', 'loop,errors=remount-ro', image, at], { reject: false });
  if (made.exitCode !== 0 || mounted.exitCode !== 0) return undefined;
  const { stdout } = await execa('findmnt', ['-no', 'SOURCE', at]);
  return { at, fails: `echo x >/sys/fs/ext4/${basename(stdout)}/trigger_fs_error` };
}

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
