import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** Notes its PID as daemons do: for nginx -s reload, in a folder of its own, and as a lock. */
const DAEMON = `
import fcntl, os, time
pid = "%d\\n" % os.getpid()
open("/run/it.pid", "w").write(pid)
os.mkdir("/run/it"); os.chown("/run/it", 33, 33)
open("/run/it/main.pid", "w").write(pid); os.chown("/run/it/main.pid", 33, 33); os.chmod("/run/it/main.pid", 0o640)
open("/run/it/state", "w").write(pid)
open("/run/pids-of-others", "w").write("1\\n")
lock = open("/run/lock.pid", "w"); fcntl.flock(lock, fcntl.LOCK_EX); lock.write(pid); lock.flush()
open("/run/ready", "w")
time.sleep(1000)
`;

describe.skipIf(cannotFreeze)(`PID files${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('come back after a reboot has emptied /run, with no rule for them', async () => {
    const store = await folder();
    const ready = join(await folder(), 'ready');
    // The machine as far as ckpt can see: a /run in memory, as under systemd.
    const script = 'mount -t tmpfs -o mode=755 run /run && echo >"$1" && exec sleep 1000';
    const { pid: keeper } = start('unshare', ['--mount', 'sh', '-c', script, 'sh', ready]);
    await until('a /run in memory', () => readdirSync(join(ready, '..')).includes('ready'));
    const inside = ['nsenter', `--mount=/proc/${keeper}/ns/mnt`, '--'];
    const run = `/proc/${keeper}/root/run`;
    const own = ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>&1', 'sh', python, '-c', DAEMON];
    const { pid } = start('nsenter', [...inside.slice(1), ...own]);
    await until('the daemon', () => readdirSync(run).includes('ready'));
    // CRIU keeps something of its own there.
    const names = () =>
      readdirSync(run)
        .filter(name => name !== 'criu.kdat')
        .sort();
    const look = () =>
      ['it.pid', 'it', 'it/main.pid', 'lock.pid'].map(name => {
        const { mode, uid, gid, mtime } = statSync(join(run, name));
        const folder = name === 'it';
        return {
          ...{ name, mode, uid, gid },
          ...(folder ? {} : { mtime, text: readFileSync(join(run, name), 'utf8') }),
        };
      });
    const before = look();
    expect(before[0]).toMatchObject({ text: `${pid}\n` });

    const checked = await ckpt(['check', String(pid)], { inside });
    expect(checked).toMatchObject({ status: 0 });
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store], { inside })).toMatchObject({
      status: 0,
      stderr: '',
    });
    for (const name of readdirSync(run)) rmSync(join(run, name), { recursive: true });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store], { inside })).toMatchObject({ status: 0, stderr: '' });
    expect(look()).toEqual(before);
    expect(names()).toEqual(['it', 'it.pid', 'lock.pid']);
    expect(readdirSync(join(run, 'it'))).toEqual(['main.pid']);

    // What lies there by then stays, and a rule to keep a file as usual goes before.
    const keep = ['--file', '/run/it/*=keep'];
    expect(
      await ckpt(['freeze', String(pid), '--name', 'b', '--store', store, ...keep], { inside }),
    ).toMatchObject({ status: 0 });
    rmSync(join(run, 'it'), { recursive: true });
    writeFileSync(join(run, 'it.pid'), 'somebody else');
    expect(await ckpt(['thaw', 'b', '--store', store], { inside })).toMatchObject({ status: 0 });
    expect(readFileSync(join(run, 'it.pid'), 'utf8')).toBe('somebody else');
    expect(names()).toEqual(['it.pid', 'lock.pid']);
  });
});
