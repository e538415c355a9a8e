import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { mountDisk } from './disk.js';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** Writes a file, has another written and closed, and never asks for anything to be on the disk. */
const WRITES = `
import os, sys, time
place, said = sys.argv[1:]
data = os.open(place + "/data", os.O_RDWR | os.O_CREAT)
os.write(data, b"x" * 100000)
with open(place + "/closed", "w") as closed: closed.write("done")
open(said, "w").close()
while True: time.sleep(0.1)
`;

describe.skipIf(cannotFreeze)(`a crash after a freeze${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('leaves the files as the frozen processes know them', async ({ skip }) => {
    const disk = await mountDisk();
    if (disk === undefined) return skip('no ext4 on a loop device can be mounted here');
    const [store, said, crashed] = [
      await folder(),
      join(await folder(), 'said'),
      join(await folder(), 'image'),
    ];
    try {
      const { pid } = start(python, ['-c', WRITES, disk.at, said]);
      await until('its writes', () => existsSync(said));
      expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
      });
      owned(pid);
      copyFileSync(disk.image, crashed);
      await execa('umount', [disk.at]);
      await execa('mount', ['-o', 'loop', crashed, disk.at]);
      expect(readFileSync(join(disk.at, 'closed'), 'utf8')).toBe('done');
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      process.kill(pid, 'SIGKILL');
      await until('its end', () => !existsSync(`/proc/${pid}/cwd`));
    } finally {
      await execa('umount', [disk.at], { reject: false });
    }
  });
});
