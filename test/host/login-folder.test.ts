import { existsSync } from 'node:fs';
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { alive, cannotFreeze, ckpt, folder, owned, python, refusal, start, until } from './support.js';

/** Nobody's number here. */
const UID = 424_242;
const LOGIN = `/run/user/${UID}`;

/** A file that is open, in a folder of its own, and a socket. */
const PROGRAM = `import os, socket, sys, time
os.mkdir(sys.argv[1] + '/app', 0o700)
f = open(sys.argv[1] + '/app/state', 'w'); f.write('here'); f.flush()
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + '/socket'); s.listen()
time.sleep(1000)`;

let made: string | undefined;

const mount = async (): Promise<void> => {
  const first = await mkdir(LOGIN, { recursive: true });
  made ??= first;
  await execa('mount', ['-t', 'tmpfs', '-o', 'mode=0700', 'login', LOGIN]);
};

afterEach(async () => {
  await execa('umount', ['--lazy', LOGIN], { reject: false });
  await rmdir(LOGIN).catch(() => {});
  if (made !== undefined && made !== LOGIN) await rmdir(made).catch(() => {});
});

describe.skipIf(cannotFreeze)(`the folder of a login${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('is waited for by whoever types the thaw, and no other is put in its place', async () => {
    await mount();
    const { pid } = start(python, ['-c', PROGRAM, LOGIN]);
    await until('the socket', () => existsSync(`${LOGIN}/socket`));
    expect((await ckpt(['check', String(pid)])).stdout).toContain('loginctl enable-linger');
    const store = await folder();
    await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
    await execa('umount', [LOGIN]);
    await rmdir(LOGIN);

    const refused = await refusal(['thaw', 'a', '--store', store]);
    expect(refused).toMatchObject({ code: 'thaw-login-folder', facts: { path: LOGIN, user: UID } });
    expect(existsSync(LOGIN)).toBe(false);
    // As logind does for who lingers.
    await mount();
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    expect(alive(pid)).toBe(true);
    expect((await lstat(`${LOGIN}/app`)).mode & 0o777).toBe(0o700);
  });
});
