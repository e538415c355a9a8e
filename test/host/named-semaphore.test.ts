import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

const OPEN = `
import ctypes, os, sys, time
lib = ctypes.CDLL(None, use_errno=True); lib.sem_open.restype = ctypes.c_void_p
semaphore = ctypes.c_void_p(lib.sem_open(sys.argv[1].encode(), os.O_CREAT, 0o600, 0))
`;
/** Posts when it is told to. */
const POSTER = `${OPEN}
open(sys.argv[2] + "/poster", "w")
while not os.path.exists(sys.argv[2] + "/go"): time.sleep(0.05)
for _ in range(2): lib.sem_post(semaphore)
time.sleep(1000)
`;
const WAITER = `${OPEN}
open(sys.argv[2] + "/waiter", "w")
while lib.sem_trywait(semaphore) != 0: time.sleep(0.05)
open(sys.argv[2] + "/passed", "w")
`;

describe.skipIf(cannotFreeze)(`a POSIX semaphore${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.each([
    ['its process', false],
    ['processes of two trees', true],
  ])('is the same one after a reboot, for %s and for who opens it by its name', async (_, two) => {
    const [store, place] = [await folder(), await folder()];
    const name = `ckpt-test-${process.pid}`;
    const inMemory = () =>
      readdirSync('/dev/shm').filter(one => one === `sem.${name}` || one.startsWith('link_remap'));
    const there = (file: string) => existsSync(join(place, file));
    try {
      const poster = start(python, ['-c', POSTER, `/${name}`, place]);
      await until('the semaphore', () => there('poster'));
      const pids = [poster.pid];
      if (two) {
        pids.push(start(python, ['-c', WAITER, `/${name}`, place]).pid);
        await until('the one who waits', () => there('waiter'));
      }
      expect(await ckpt(['freeze', ...pids.map(String), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(inMemory()).toContain(`sem.${name}`);
      for (const one of inMemory()) rmSync(join('/dev/shm', one));
      for (const pid of pids) owned(pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      expect(inMemory()).toEqual([`sem.${name}`]);
      writeFileSync(join(place, 'go'), '');
      if (two) {
        await until('the one who waited, thawed', () => there('passed'));
        rmSync(join(place, 'passed'));
      }
      start(python, ['-c', WAITER, `/${name}`, place]);
      await until('one who came later', () => there('passed'));
    } finally {
      rmSync(`/dev/shm/sem.${name}`, { force: true });
    }
  });
});
