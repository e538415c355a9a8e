import { readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** As haproxy does with its `admin.sock`: the name appears with a listener behind it. */
const PROGRAM = `
import os, socket, sys
os.chdir(sys.argv[1])
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + "/s.17.tmp")
os.chmod("s.17.tmp", 0o660)
os.chown("s.17.tmp", 0, 33)
listener.listen()
os.rename("s.17.tmp", "s")
while True: listener.accept()[0].sendall(b"it is me")
`;

/** What the listener says. */
function greeting(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    connect(path)
      .once('data', data => resolve(data.toString()))
      .once('error', reject);
  });
}

describe.skipIf(cannotFreeze)(`a renamed unix socket${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('is found again under the name that it had, and nothing but a socket gives way to it', async () => {
    const [store, place] = [await folder(), await folder()];
    const path = join(place, 's');
    const { pid } = start(python, ['-c', PROGRAM, place]);
    await until('the socket to have its name', () => readdirSync(place).join() === 's');
    const { mode, uid, gid } = statSync(path);
    expect(gid).toBe(33);
    const freeze = async (name: string): Promise<void> => {
      expect(await ckpt(['freeze', String(pid), '--name', name, '--store', store])).toMatchObject({
        status: 0,
        stderr: '',
      });
      owned(pid);
    };
    const thaw = (name: string) => ckpt(['thaw', name, '--store', store]);

    // Gone, as a reboot takes what is in memory; and left over, as a thaw on a disk finds it.
    for (const gone of [true, false]) {
      await freeze(String(gone));
      if (gone) unlinkSync(path);
      expect(await thaw(String(gone))).toMatchObject({ status: 0, stderr: '' });
      expect(readdirSync(place)).toEqual(['s']);
      expect(statSync(path)).toMatchObject({ mode, uid, gid });
      expect(await greeting(path)).toBe('it is me');
    }

    await freeze('c');
    unlinkSync(path);
    writeFileSync(path, 'precious');
    const thawed = await thaw('c');
    expect(thawed.status).toBe(0);
    expect(thawed.stderr).toContain(`${place}/s.17.tmp → s: something else has that name`);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });
});
