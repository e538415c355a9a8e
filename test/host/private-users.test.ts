import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { measure, moments, strike } from './kill-rounds.js';
import { alive, cannotFreeze, ckpt, folder, owned, python, start, startCkpt, until } from './support.js';
import { unmountAll } from './unmount-all.js';

/** A group that its user namespace does not know. Its user is root: some machines’ root may not freeze what others run. */
const ADM = 4;

/**
 * Goes on as systemd's PrivateUsers= makes a service: in mounts and with a host name of its own, made first, and then in a
 * user namespace that knows root only, without capabilities but where it is to be `capable`.
 */
const USERS = `
import ctypes, os, sys
place, how, program = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
ready, mapped = os.pipe(), os.pipe()
mapper = os.fork()
if mapper == 0:
    os.read(ready[0], 1)
    for kind in "uid", "gid":
        open("/proc/%d/%s_map" % (os.getppid(), kind), "w").write("0 0 1\\n")
    os.write(mapped[1], b"x"); os._exit(0)
os.setgroups([0, ${ADM}])
if libc.unshare(0x10000000) != 0: raise OSError(ctypes.get_errno(), "unshare")
os.write(ready[1], b"x"); os.read(mapped[0], 1); os.waitpid(mapper, 0)
for end in ready + mapped: os.close(end)
without = [] if how == "capable" else ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
command = without + [sys.executable, "-c", program, place]
os.execvp(command[0], command)
`;
const SERVICE = `
import os, socket, sys, time
place = sys.argv[1]
unlinked = open(place + "/unlinked", "w+"); os.unlink(place + "/unlinked"); unlinked.write("kept"); unlinked.flush()
listener = socket.socket(socket.AF_UNIX); listener.bind(place + "/socket"); listener.listen()
others = open(place + "/of-others", "r+"); os.unlink(place + "/of-others")
n = 0
while True:
    n += 1
    state = [n, os.getresuid(), os.getresgid(), os.fstat(unlinked.fileno()).st_size, os.fstat(others.fileno()).st_uid]
    open(place + "/state.new", "w").write(" ".join(map(str, state))); os.rename(place + "/state.new", place + "/state")
    time.sleep(0.05)
`;

/** A folder of the service's, and a command to run as it; what `more` says runs before, as root. */
async function service({ more = 'true', capable = false } = {}) {
  const place = await folder();
  writeFileSync(join(place, 'of-others'), '', { mode: 0o666 });
  chmodSync(join(place, 'of-others'), 0o666);
  chownSync(join(place, 'of-others'), 33, 33);
  const prepare = `${unmountAll('tracefs')}; hostname inner && mount -t tmpfs -o mode=755,size=1m own /mnt && echo own >/mnt/kept`;
  const script = `${prepare} && ${more} && exec "$@" </dev/null >/dev/null 2>&1`;
  const { pid } = start('unshare', [
    ...['--mount', '--uts', 'sh', '-c', script, 'sh'],
    ...[python, '-c', USERS, place, capable ? 'capable' : 'service', SERVICE],
  ]);
  const state = (): readonly string[] => readFileSync(join(place, 'state'), 'utf8').split(' ');
  await until('the service', () => existsSync(join(place, 'state')));
  const runsOn = async (): Promise<void> => {
    const before = Number(state()[0]);
    await until('the service to go on', () => Number(state()[0]) > before + 2);
  };
  return { pid, place, runsOn, state };
}

const line = (pid: number, key: string): string =>
  new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.trim() ?? '';

describe.skipIf(cannotFreeze)(
  `a service with PrivateUsers=${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('comes back outside of its user namespace, with everything else', async () => {
      const store = await folder();
      const { pid, place, runsOn, state } = await service();
      const before = state().slice(1);
      expect(await ckpt(['check', String(pid)])).toMatchObject({
        status: 8,
        stdout: expect.stringContaining('own user namespace'),
      });
      expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('own user namespace'),
      });
      owned(pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      await runsOn();
      expect(state().slice(1)).toEqual(before);
      expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8')).toBe(readFileSync('/proc/self/uid_map', 'utf8'));
      expect([line(pid, 'Uid'), line(pid, 'Groups')]).toEqual(['0\t0\t0\t0', `0 ${ADM}`]);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect([set, Number.parseInt(line(pid, set), 16)]).toEqual([set, 0]);
      const within = ['--mount', '--uts', '--target', String(pid), 'sh', '-c', 'hostname; cat /mnt/kept'];
      expect((await execa('nsenter', within)).stdout).toBe('inner\nown');
      expect(existsSync('/mnt/kept')).toBe(false);
      expect(statSync(join(place, 'socket')).isSocket()).toBe(true);
      // What a thaw has made can be frozen like any other.
      expect(await ckpt(['freeze', String(pid), '--name', 'b', '--store', store])).toMatchObject({
        status: 0,
      });
      expect(await ckpt(['thaw', 'b', '--store', store])).toMatchObject({ status: 0 });
      await runsOn();
    });

    it('runs on where its CRIU fails, and where it is left running', async () => {
      const store = await folder();
      const { pid, runsOn } = await service();
      const freeze = ['freeze', String(pid), '--store', store, '--name'];
      expect(await ckpt([...freeze, 'a', '--leave-running'])).toMatchObject({ status: 0 });
      await runsOn();
      // CRIU cannot keep a file of this size that has no name.
      expect((await ckpt([...freeze, 'b', '--unchecked', '--ghost-limit', '1'])).status).not.toBe(0);
      await runsOn();
    });

    it('is a verified bundle or a running tree when ckpt is killed, at any moment', async () => {
      const store = await folder();
      let one = await service();
      const freeze = (): string[] => ['freeze', String(one.pid), '--store', store, '--name', 'a'];
      const thaw = async (): Promise<void> => {
        owned(one.pid);
        expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
        await one.runsOn();
        expect(await ckpt(['rm', 'a', '--store', store])).toMatchObject({ status: 0 });
        // What was thawed has no user namespace of its own any more.
        one = await service();
      };
      const duration = await measure(async () => expect((await ckpt(freeze())).status).toBe(0));
      await thaw();
      for (const moment of moments(duration)) {
        await strike(await startCkpt(freeze()), moment, 'SIGKILL', store);
        const sealed = existsSync(join(store, 'a'));
        expect(alive(one.pid), `killed after ${moment} of ${duration} ms`).toBe(!sealed);
        if (!sealed) await one.runsOn();
        else {
          expect(await ckpt(['verify', 'a', '--store', store])).toMatchObject({ status: 0 });
          await thaw();
        }
      }
    }, 300_000);

    it('is written down with the mounts that CRIU sees', async () => {
      const store = await folder();
      const inside = join(await folder(), 'inside');
      const more = `mount --bind -o ro /usr/share /srv && mount -o remount,bind,ro,nosuid,noexec /srv && mkdir /mnt/a && mount --bind /mnt/a /opt && (setsid sh -c 'echo $$ >${inside}; exec sleep 1000' >/dev/null 2>&1 </dev/null &)`;
      const { pid } = await service({ more });
      const peer = Number(await until('a peer', () => existsSync(inside) && readFileSync(inside, 'utf8')));
      owned(peer);
      const mounts = async (root: number, name: string) => {
        const freeze = ['freeze', String(root), '--leave-running', '--store', store];
        expect((await ckpt([...freeze, '--name', name])).stderr).not.toMatch(/cannot/);
        const { trees } = JSON.parse(readFileSync(join(store, name, 'document.json'), 'utf8'));
        const { namespaces } = trees[0] as { namespaces: { kind: string; mounts: { options: string }[] }[] };
        const found = namespaces.find(({ kind }) => kind === 'mount')?.mounts ?? [];
        // CRIU marks a devpts that is not the one of its own mounts; it counts only where it makes one.
        return found.map(one => ({ ...one, options: one.options.replace(/,newinstance$/, '') }));
      };
      const ours = await mounts(pid, 'ours');
      expect(ours.length).toBeGreaterThan(5);
      expect(ours).toEqual(await mounts(peer, 'of-criu'));
    });

    it('is refused with capabilities in there together with its mounts', async () => {
      const store = await folder();
      const { pid, place, runsOn } = await service({ capable: true });
      chmodSync(place, 0o777);
      expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('PrivateUsers=no'),
      });
      await runsOn();
    });
  },
);
