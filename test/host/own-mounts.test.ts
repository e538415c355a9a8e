import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { putBackFiles } from '../../src/restore/put-back/put-back-files.js';
import { remakeFifos } from '../../src/restore/put-back/remake-fifos.js';
import { remakeFolders } from '../../src/restore/put-back/remake-folders.js';
import { remakePlaces } from '../../src/restore/put-back/remake-places.js';
import {
  alive,
  cannotFreeze,
  ckpt,
  criuThat,
  folder,
  owned,
  python,
  refusal,
  smallDisk,
  start,
  startCounter,
  until,
} from './support.js';
import { unmountAll } from './unmount-all.js';

const mine = (): string => readFileSync('/proc/self/mountinfo', 'utf8');
const shared = join('/dev/shm', `ckpt-own-mounts-${process.pid}`);
afterEach(() => rmSync(shared, { force: true }));

/** Most machines have tracefs, which CRIU leaves out: without this the answers would depend on the machine. */
const withoutTracefs = unmountAll('tracefs');

/** A counter in a mount namespace of its own, with a file system of its own at `place`; `more` runs there first. */
async function startInside(place: string, more = 'true') {
  const script = `${withoutTracefs}; exec 8</dev/null; mount -t tmpfs own '${place}' && echo inside > '${place}/kept' && ${more} && exec "$@"`;
  return startCounter({ inside: ['unshare', '--mount', 'sh', '-c', script, 'sh'] });
}

/** Sends a datagram to a unix socket, and takes its place. */
const SEND =
  'import socket, sys\nsocket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[2].encode(), sys.argv[1])';
const LISTEN =
  'import socket, sys, time\nmine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); mine.bind(sys.argv[1]); time.sleep(1000)';

/** Writes down what comes to the socket that it was started with. */
const HEAR =
  'import socket, sys\nmine = socket.socket(fileno=30)\nwhile True: open(sys.argv[1] + ".heard", "ab").write(mine.recv(100))';

describe.skipIf(cannotFreeze)(
  `a tree with mounts of its own${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('is given no folder that somebody else could exchange', async () => {
      const place = await folder();
      const [theirs, source] = [join(place, 'theirs'), join(place, 'theirs', 'tmp')];
      mkdirSync(theirs);
      chownSync(theirs, 65_534, 65_534);
      const row = { mountpoint: '/tmp', source, mode: 0o1777, uid: 0, gid: 0 };
      await expect(remakePlaces([row])).rejects.toMatchObject({ code: 'thaw-file' });
      expect(readdirSync(theirs)).toEqual([]);
      chownSync(theirs, 0, 0);
      await remakePlaces([row]);
      expect(statSync(source).mode & 0o7777).toBe(0o1777);
      // Neither through a link, nor what has become somebody else's since.
      symlinkSync('/etc', join(place, 'link'));
      const through = { ...row, source: join(place, 'link', 'ckpt-none') };
      await expect(remakePlaces([through])).rejects.toMatchObject({ code: 'thaw-file' });
      chownSync(source, 65_534, 65_534);
      await expect(remakePlaces([row])).rejects.toMatchObject({ code: 'thaw-file' });
    });

    it('shares no file, folder or FIFO with a stranger who was there first', async () => {
      const place = await folder();
      const [file, below, fifo] = [join(place, 'segment'), join(place, 'folder'), join(place, 'fifo')];
      const as = (uid: number): void => {
        for (const path of [file, below, fifo]) chownSync(path, uid, uid);
      };
      writeFileSync(file, 'theirs');
      mkdirSync(below);
      await execa('mkfifo', [fifo]);
      const row = { mode: 0o600, uid: 1, gid: 1 };
      const carried = { ...row, path: file, action: 'carry' as const, modified: 0, member: 'files/0/1' };
      const all = [
        () => putBackFiles([carried], () => '/etc/hostname'),
        () => remakeFolders([{ ...row, path: below }]),
        () => remakeFifos([{ ...row, path: fifo }]),
      ];
      as(65_534);
      for (const act of all) await expect(act()).rejects.toMatchObject({ code: 'thaw-file' });
      // Root, as whom a boot makes folders, and whoever had it are trusted; what they left stays as it is.
      for (const uid of [0, 1]) {
        as(uid);
        for (const act of all) await act();
      }
      expect(readFileSync(file, 'utf8')).toBe('theirs');
    });

    it('comes back without a network namespace of others that was mounted on the machine', async () => {
      const [store, place] = [await folder(), await folder()];
      const theirs = join(await folder(), 'containers', 'netns');
      mkdirSync(dirname(theirs));
      writeFileSync(theirs, '');
      await execa('unshare', [`--net=${theirs}`, 'true']);
      try {
        const counter = await startInside(place);
        const check = await ckpt(['check', String(counter.pid)]);
        expect([check.status, check.stdout]).toEqual([0, expect.stringContaining('a namespace of others')]);
        const frozen = await ckpt(['freeze', String(counter.pid), '--name', 'a', '--store', store]);
        expect(frozen).toMatchObject({ status: 0 });
        owned(counter.pid);
        // As a boot does, after which containers have others.
        await execa('umount', [theirs]);
        rmSync(dirname(theirs), { recursive: true });
        expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
        await counter.runsOn();
        expect(readFileSync(`/proc/${counter.pid}/root${theirs}`, 'utf8')).toBe('');
      } finally {
        await execa('umount', [theirs], { reject: false });
      }
    });

    it('comes back with them, with what lies in them and with the mounts of the machine', async () => {
      const [store, place] = [await folder(), await folder()];
      const before = mine();
      const [elsewhere, bound] = [await folder(), await folder()];
      const counter = await startInside(place, `mount --bind '${elsewhere}' '${bound}'`);
      const check = await ckpt(['check', String(counter.pid)]);
      expect([check.status, check.stdout]).toEqual([0, expect.stringContaining('can')]);
      const frozen = await ckpt(['freeze', String(counter.pid), '--name', 'a', '--store', store]);
      expect(frozen).toMatchObject({ status: 0 });
      expect(alive(counter.pid)).toBe(false);
      owned(counter.pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      await counter.runsOn();
      const inside = (path: string): string => join(`/proc/${counter.pid}/root`, path);
      expect(readFileSync(inside(join(place, 'kept')), 'utf8')).toBe('inside\n');
      expect(readdirSync(place)).toEqual([]);
      // What the machine has in memory is the same thing inside, and no copy of it.
      writeFileSync(shared, 'machine');
      expect(readFileSync(inside(shared), 'utf8')).toBe('machine');
      expect(mine()).toBe(before);
      // A second time: what a thaw has made can be frozen like what unshare has made.
      expect(await ckpt(['freeze', String(counter.pid), '--name', 'b', '--store', store])).toMatchObject({
        status: 0,
      });
      expect(await ckpt(['thaw', 'b', '--store', store])).toMatchObject({ status: 0 });
      await counter.runsOn();
      expect(readFileSync(inside(join(place, 'kept')), 'utf8')).toBe('inside\n');
    });

    it('comes back with a /proc, message queues and single files, and with parts of what it has mounted', async () => {
      const [store, place] = [await folder(), await folder()];
      const [proc, memory, part, queues, single] = ['proc', 'memory', 'part', 'queues', 'single'].map(name =>
        join(place, name),
      );
      const made = [
        `mkdir '${proc}' '${memory}' '${part}' '${queues}' && touch '${single}'`,
        // As ProtectProc=, ProtectKernelTunables= and PrivateIPC= do.
        `mount -t proc -o hidepid=invisible own '${proc}' && mount --bind '${proc}/sys' '${proc}/sys'`,
        `mount -o remount,bind,ro '${proc}/sys' && mount --bind /proc/version '${proc}/uptime'`,
        `mount -t mqueue own '${queues}' && mount --bind /etc/passwd '${single}'`,
        `mount -t tmpfs own '${memory}' && mkdir '${memory}/a' && mount --bind '${memory}/a' '${part}'`,
      ].join(' && ');
      const script = `${withoutTracefs}; ${made} && exec 8</dev/null "$@"`;
      const counter = await startCounter({
        inside: ['unshare', '--mount', '--ipc', 'sh', '-c', script, 'sh'],
      });
      const freeze = ['freeze', String(counter.pid), '--name', 'a', '--store', store];
      expect(await ckpt(freeze)).toMatchObject({ status: 0 });
      owned(counter.pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      await counter.runsOn();
      const inside = (path: string): string => `/proc/${counter.pid}/root${path}`;
      expect(readFileSync(inside(`${proc}/uptime`), 'utf8')).toBe(readFileSync('/proc/version', 'utf8'));
      expect(readFileSync(inside(`${single}`), 'utf8')).toBe(readFileSync('/etc/passwd', 'utf8'));
      writeFileSync(inside(`${part}/seen`), 'by both');
      expect(readFileSync(inside(`${memory}/a/seen`), 'utf8')).toBe('by both');
      const mounts = readFileSync(`/proc/${counter.pid}/mountinfo`, 'utf8');
      expect(mounts).toMatch(/\/proc rw.* - proc \S+ rw,hidepid=invisible/);
      expect(mounts).toMatch(/ \/sys \S+\/proc\/sys ro/);
      expect(mounts).toContain(`${queues} rw`);
    });

    it('comes back with a worker in a chroot that has a single file mounted, as services jail themselves', async () => {
      const [store, place] = [await folder(), await folder()];
      const jail = join(place, 'jail');
      const script = [withoutTracefs, `mkdir -p '${jail}' && touch '${jail}/log'`];
      const made = [...script, `mount --bind /etc/passwd '${jail}/log' && exec "$@"`].join('\n');
      const worker = [
        `open('${place}/worker', 'w').write(str(os.getpid()))`,
        `beat = open('${place}/beat', 'w')`,
        `os.chroot('${jail}'); os.chdir('/')`,
        `while beat.write(str(time.time()) + '\\n') and not beat.flush(): time.sleep(0.05)`,
      ];
      const program = `import os, time\nif os.fork(): time.sleep(1000)\n${worker.join('\n')}`;
      const reopen = 'exec "$@" 8</dev/null 9</dev/null </dev/null >/dev/null 2>&1';
      const inside = ['unshare', '--mount', 'sh', '-c', made, 'sh', 'sh', '-c', reopen, 'sh'];
      const [command = '', ...args] = [...inside, python, '-c', program];
      const { pid } = start(command, args);
      const beats = (): number => (existsSync(join(place, 'beat')) ? statSync(join(place, 'beat')).size : 0);
      await until('the worker to work', () => beats() > 60);
      expect(await ckpt(['check', String(pid)])).toMatchObject({ status: 0 });
      expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
      });
      owned(pid);
      const before = beats();
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      await until('the worker to go on', () => beats() > before + 60);
      const its = `/proc/${readFileSync(join(place, 'worker'), 'utf8')}/root`;
      expect(readlinkSync(its)).toBe(jail);
      expect(readFileSync(`${its}/log`, 'utf8')).toBe(readFileSync('/etc/passwd', 'utf8'));
    });

    it('comes back with a socket that was bound before, as systemd hands them over, unless somebody listens there', async () => {
      const [store, place] = [await folder(), await folder()];
      const path = join(place, 'socket');
      const program = [
        'import ctypes, os, socket, subprocess, sys',
        'mine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); mine.bind(sys.argv[1])',
        'assert ctypes.CDLL(None).unshare(0x20000) == 0',
        `subprocess.run(["sh", "-c", ${JSON.stringify(`${withoutTracefs}; mount --make-rprivate / && mount -t tmpfs own /mnt`)}], check=True)`,
        'nothing = os.open("/dev/null", os.O_RDWR)',
        'for fd in range(3): os.dup2(nothing, fd)',
        'os.dup2(mine.fileno(), 30)',
        `os.execv(${JSON.stringify(python)}, ["python3", "-c", ${JSON.stringify(HEAR)}, sys.argv[1]])`,
      ].join('\n');
      const { pid } = start(python, ['-c', program, path]);
      const send = (words: string) => execa(python, ['-c', SEND, path, words]);
      const heard = () => (existsSync(`${path}.heard`) ? readFileSync(`${path}.heard`, 'utf8') : '');
      await until('its mounts', () => readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(' /mnt '));
      await until('it to listen', async () => {
        await send('before ');
        return heard() !== '';
      });
      expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
      });
      rmSync(path);
      const { pid: other } = start(python, ['-c', LISTEN, path]);
      await until('another', () => existsSync(path));
      expect(await refusal(['thaw', 'a', '--store', store])).toMatchObject({
        code: 'thaw-socket-taken',
        message: expect.stringContaining(`PID ${other}`),
      });
      process.kill(other, 'SIGKILL');
      await until('it to end', () => !alive(other));
      owned(pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      const before = heard();
      await send('after');
      await until('what was sent to it', () => heard() === `${before}after`);
    });

    it('takes files along that are the machine’s, too, and refuses those that only the tree sees', async () => {
      const [store, place] = [await folder(), await folder()];
      const [elsewhere, bound] = [await folder(), await folder()];
      writeFileSync(shared, 'shared');
      writeFileSync(join(elsewhere, 'hidden'), 'hidden');
      const binding = `mount --bind '${elsewhere}' '${bound}' && exec 7<'${shared}' 6<'${bound}/hidden'`;
      const counter = await startInside(place, binding);
      const freeze = ['freeze', String(counter.pid), '--name', 'a', '--store', store, '--file'];
      expect(await refusal([...freeze, `${bound}/*=carry`])).toMatchObject({
        code: 'file-rule-elsewhere',
        exit: 3,
        message: expect.stringContaining(`${bound}/hidden`),
      });
      await counter.runsOn();
      expect(await ckpt([...freeze, '/dev/shm/*=carry'])).toMatchObject({ status: 0 });
      owned(counter.pid);
      rmSync(shared);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      await counter.runsOn();
      expect(readFileSync(`/proc/${counter.pid}/fd/7`, 'utf8')).toBe('shared');
      expect(readFileSync(shared, 'utf8')).toBe('shared');
    });

    it('is said to lose the tracefs of the machine', async () => {
      const { path, inside } = await smallDisk(8);
      const [nsenter = '', ...within] = inside;
      const trace = join(path, 'trace');
      const mount = `${withoutTracefs}; mkdir '${trace}' && mount -t tracefs trace '${trace}'`;
      await execa(nsenter, [...within, 'sh', '-c', mount]);
      const counter = await startCounter({
        inside: [...inside, 'unshare', '--mount', 'sh', '-c', 'exec 8</dev/null; exec "$@"', 'sh'],
      });
      const check = await ckpt(['check', String(counter.pid)], { inside });
      expect([check.status, check.stdout]).toEqual([8, expect.stringContaining(`${trace} is tracefs`)]);
    });

    it('leaves no mount and no folder behind when it cannot be thawed', async () => {
      const [store, place] = [await folder(), await folder()];
      const before = mine();
      const missing = join(await folder(), 'open');
      writeFileSync(missing, 'x');
      const counter = await startInside(place, `exec 7<'${missing}'`);
      expect(await ckpt(['freeze', String(counter.pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
      });
      owned(counter.pid);
      rmSync(missing);
      expect(await refusal(['thaw', 'a', '--store', store])).toMatchObject({ code: 'criu-file-missing' });
      expect(mine()).toBe(before);
      expect(readdirSync(store).filter(name => name.startsWith('.work'))).toEqual([]);
      writeFileSync(missing, 'x');
      expect(await ckpt(['thaw', 'a', '--store', store, '--again'])).toMatchObject({ status: 0 });
      await counter.runsOn();
    });

    it('is let run on when it writes to its private /tmp after it was looked at', async () => {
      const place = await folder();
      const privateTmp = `/tmp/systemd-private-ckpt-test-${process.pid}`;
      mkdirSync(privateTmp);
      const appeared = join(privateTmp, 'appeared');
      try {
        const counter = await startInside(place, `mount --bind '${privateTmp}' /tmp`);
        // One CRIU starts beside the look; the one that is told of the mounts, when it is over.
        const criu = await criuThat(`case "$*" in *mnt*) echo x >'${appeared}' ;; esac`);
        const freeze = ['freeze', String(counter.pid), '--name', 'a', '--store', await folder()];
        expect(await refusal([...freeze, '--criu', criu])).toMatchObject({
          code: 'freeze-file-appeared',
          exit: 3,
          why: expect.stringContaining(appeared),
        });
        await counter.runsOn();
        expect(readFileSync(appeared, 'utf8')).toBe('x\n');
      } finally {
        rmSync(privateTmp, { recursive: true });
      }
    });

    it.each([
      ['file systems that were not tried', 'mount -t ramfs own "$0"', 'mounts-made-anew'],
      ['a mount over another', 'mount -t tmpfs own "$0" && mount -t tmpfs own "$0"', 'mounts-made-anew'],
      [
        'a single file in memory',
        `touch "$0/a" ${shared} && mount --bind ${shared} "$0/a"`,
        'mounts-of-files',
      ],
      ['a message queue', 'mount -t mqueue own "$0" && touch "$0/queue"', 'mounts-of-queues'],
      ['an odd name', 'mkdir "$0/a:b" && mount --bind /usr "$0/a:b"', 'mounts-with-odd-names'],
    ])('with %s is refused before it is stopped', async (_, mount, rule) => {
      const place = await folder();
      const script = `${mount} && exec "$@"`;
      const counter = await startCounter({ inside: ['unshare', '--mount', 'sh', '-c', script, place] });
      const ran = await ckpt(['check', String(counter.pid), '--json']);
      expect(ran.stdout).toContain(rule);
      expect(await refusal(['freeze', String(counter.pid), '--store', await folder()])).toMatchObject({
        code: 'freeze-blocked',
        exit: 3,
      });
      await counter.runsOn();
      expect(existsSync(`/proc/${counter.pid}`)).toBe(true);
    });
  },
);
