import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** Keeps a FIFO open as daemons do, with something unread in it, and writes down what comes when it is told to. */
const DAEMON = `
import os, sys, time
fifo, place = sys.argv[1:]
os.mkfifo(fifo); os.chown(fifo, 33, 34); os.chmod(fifo, 0o620)
ends = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), os.open(fifo, os.O_WRONLY)
os.write(ends[1], b"unread, ")
open(place + "/ready", "w")
while not os.path.exists(place + "/go"): time.sleep(0.05)
open(place + "/read", "wb").write(os.read(ends[0], 1000))
time.sleep(1000)
`;

describe.skipIf(cannotFreeze)(`a FIFO in memory${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('is there again after a reboot, as it was, with what was in it, and is left alone where it is', async () => {
    const [store, place] = [await folder(), await folder()];
    const within = `/dev/shm/ckpt-test-${process.pid}`;
    const fifo = join(within, 'control');
    mkdirSync(within);
    try {
      const { pid } = start(python, ['-c', DAEMON, fifo, place]);
      await until('the daemon', () => existsSync(join(place, 'ready')));
      const look = () => {
        const { mode, uid, gid } = statSync(fifo);
        return { mode, uid, gid };
      };
      const before = look();
      expect(before).toEqual({ mode: 0o10620, uid: 33, gid: 34 });
      const freeze = ['freeze', String(pid), '--store', store, '--name'];
      expect(await ckpt([...freeze, 'a'])).toMatchObject({ status: 0, stderr: '' });
      rmSync(within, { recursive: true });
      owned(pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      expect(look()).toEqual(before);

      const { ino } = statSync(fifo);
      expect(await ckpt([...freeze, 'b'])).toMatchObject({ status: 0, stderr: '' });
      expect(await ckpt(['thaw', 'b', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      expect(statSync(fifo).ino).toBe(ino);

      appendFileSync(fifo, 'and said by its name');
      writeFileSync(join(place, 'go'), '');
      await until('what was read', () => existsSync(join(place, 'read')));
      await until('all of it', () => readFileSync(join(place, 'read'), 'utf8') !== '');
      expect(readFileSync(join(place, 'read'), 'utf8')).toBe('unread, and said by its name');

      expect(await ckpt([...freeze, 'c'])).toMatchObject({ status: 0, stderr: '' });
      rmSync(fifo);
      writeFileSync(fifo, "somebody else's");
      const refused = await ckpt(['thaw', 'c', '--store', store]);
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).toContain(`had a fifo open whose name belongs to another kind of file now`);
      expect(readFileSync(fifo, 'utf8')).toBe("somebody else's");
    } finally {
      rmSync(within, { recursive: true, force: true });
    }
  });
});
