import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

const LIBC = `
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True); libc.shmat.restype = ctypes.c_void_p
def made(result):
    if result < 0: raise OSError(ctypes.get_errno(), "refused")
    return result
`;
/** A parent and its child with a segment, as PostgreSQL has one, a semaphore that one waits for, and a queue with a message. */
const PROGRAM = `${LIBC}
place, key = sys.argv[1], int(sys.argv[2])
class Message(ctypes.Structure): _fields_ = [("type", ctypes.c_long), ("text", ctypes.c_char * 16)]
class Step(ctypes.Structure): _fields_ = [("number", ctypes.c_ushort), ("by", ctypes.c_short), ("flags", ctypes.c_short)]
segment = made(libc.shmget(key, 4096, 0o1600)); at = libc.shmat(segment, None, 0)
semaphore = made(libc.semget(key, 1, 0o1600)); libc.semctl(semaphore, 0, 16, 0)
queue = made(libc.msgget(key, 0o1600)); sent = Message(1, b"in the queue")
made(libc.msgsnd(queue, ctypes.byref(sent), 16, 0))
ctypes.memmove(at, b"in the segment\\0", 15)
if os.fork() == 0:
    # Stopping a process ends this call (signal(7)).
    while libc.semop(semaphore, ctypes.byref(Step(0, -1, 0)), 1) < 0 and ctypes.get_errno() == 4: pass
    ctypes.memmove(at, b"by the child\\0", 13)
    os._exit(0)
print(segment, semaphore, queue, file=open(place + "/ids.new", "w"), flush=True); os.rename(place + "/ids.new", place + "/ids")
while not os.path.exists(place + "/go"): time.sleep(0.05)
before = ctypes.string_at(at)
made(libc.semop(libc.semget(key, 1, 0), ctypes.byref(Step(0, 1, 0)), 1))
while ctypes.string_at(at) == before: time.sleep(0.05)
got = Message(); made(libc.msgrcv(libc.msgget(key, 0), ctypes.byref(got), 16, 0, 0))
print(before, ctypes.string_at(at), got.text, libc.shmget(key, 0, 0) == segment, file=open(place + "/seen.new", "w"), flush=True)
os.rename(place + "/seen.new", place + "/seen")
time.sleep(1000)
`;
/** A segment of somebody else: how many bytes, and where to say its number. */
const OTHER = `${LIBC}
print(made(libc.shmget(0, int(sys.argv[1]), 0o1600)), file=open(sys.argv[2], "w"), flush=True)
time.sleep(1000)
`;

describe.skipIf(cannotFreeze)(
  `System V objects of the machine${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('come back with the tree that uses them, when a reboot has taken them away', async () => {
      const [store, place] = [await folder(), await folder()];
      const at = (name: string): string => join(place, name);
      const { pid } = start(python, ['-c', PROGRAM, place, String(process.pid)]);
      await until('the objects', () => existsSync(at('ids')));
      const [segment = '', semaphore = '', queue = ''] = readFileSync(at('ids'), 'utf8').trim().split(' ');
      const remove = () => execa('ipcrm', ['-m', segment, '-s', semaphore, '-q', queue]);
      try {
        expect(await ckpt(['check', String(pid)])).toMatchObject({
          status: 8,
          stdout: expect.stringContaining(`shared memory ${segment}`),
        });
        const freeze = ['freeze', String(pid), '--store', store, '--name'];
        expect(await ckpt([...freeze, 'a'])).toMatchObject({ status: 0 });
      } finally {
        await remove();
      }
      owned(pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      // They are its own now, and none of the machine's.
      expect((await execa('ipcs', ['-m', '-i', segment], { reject: false, all: true })).all).toContain(
        'not found',
      );
      const again = await ckpt(['freeze', String(pid), '--store', store, '--name', 'b']);
      expect(again).toMatchObject({ status: 0, stderr: '' });
      expect(await ckpt(['thaw', 'b', '--store', store])).toMatchObject({ status: 0 });
      writeFileSync(at('go'), '');
      await until('what the processes see', () => existsSync(at('seen')));
      expect(readFileSync(at('seen'), 'utf8')).toBe(
        "b'in the segment' b'by the child' b'in the queue' True\n",
      );
    });

    it('stop a freeze where others have more of them than is to be copied along', async () => {
      const [store, place] = [await folder(), await folder()];
      const { pid } = start(python, ['-c', PROGRAM, place, String(process.pid)]);
      await until('the objects', () => existsSync(join(place, 'ids')));
      start(python, ['-c', OTHER, String(3 * 2 ** 20), join(place, 'other')]);
      await until(
        'those of another',
        () => existsSync(join(place, 'other')) && readFileSync(join(place, 'other'), 'utf8'),
      );
      const [segment = '', semaphore = '', queue = ''] = readFileSync(join(place, 'ids'), 'utf8')
        .trim()
        .split(' ');
      try {
        const freeze = ['freeze', String(pid), '--store', store, '--name', 'a', '--leave-running'];
        expect(await ckpt([...freeze, '--ghost-limit', '2M'])).toMatchObject({
          status: 3,
          stderr: expect.stringMatching(/others have \d+ MiB/),
        });
        expect(await ckpt([...freeze, '--ghost-limit', '64M'])).toMatchObject({ status: 0 });
      } finally {
        const other = readFileSync(join(place, 'other'), 'utf8').trim();
        await execa('ipcrm', ['-m', segment, '-m', other, '-s', semaphore, '-q', queue]);
      }
    });
  },
);
