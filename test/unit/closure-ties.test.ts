import { describe, expect, it } from 'vitest';
import { findClosure, processesToAdd } from '../../src/checkpoint/closure/index.js';
import {
  type FileLock,
  type OpenFile,
  type Snapshot,
  slotKey,
  type Task,
} from '../../src/host/proc/index.js';
import type { Socket } from '../../src/host/sockets/index.js';

const unix = (inode: number, more: Partial<Socket>): Socket => ({
  inode,
  family: 'unix',
  protocol: 'stream',
  state: 'established',
  local: '',
  remote: '',
  receiveQueue: 0,
  sendQueue: 0,
  ...more,
});

const task = (pid: number, parent: number, more: Partial<Task> = {}): Task => ({
  pid,
  name: `p${pid}`,
  state: 'S',
  parent,
  group: pid,
  session: pid,
  terminal: 0,
  foregroundGroup: -1,
  flags: 0,
  threads: 1,
  startTime: 1,
  policy: 0,
  realTimePriority: 0,
  threadGroup: pid,
  uids: [0, 0, 0, 0],
  gids: [0, 0, 0, 0],
  tracer: 0,
  namespacePids: [pid],
  seccomp: 0,
  seccompFilters: 0,
  virtualKiB: 1,
  residentKiB: 1,
  hugetlbKiB: 0,
  ignoredSignals: 0,
  threadFeatures: [],
  kernelThread: false,
  ...more,
});

/** A machine of a few processes: `fds` are their descriptors' links, in order from 3. */
function machine(
  tasks: readonly Task[],
  targets: readonly number[],
  more: { fds?: Record<number, readonly string[]>; sockets?: readonly Socket[] } & Partial<
    Omit<Snapshot, 'sockets'>
  > = {},
): Snapshot {
  const inside = new Set(targets);
  const { fds = {}, sockets = [], ...rest } = more;
  return {
    targets,
    roots: targets.filter(pid => !inside.has(tasks.find(one => one.pid === pid)?.parent ?? 0)),
    processes: new Map(tasks.map(one => [one.pid, one])),
    descriptors: new Map(
      Object.entries(fds).map(([pid, links]) => [
        Number(pid),
        links.map((target, at) => ({ fd: 3 + at, target })),
      ]),
    ),
    openFiles: new Map(),
    sharedMappings: new Map(),
    memory: new Map(),
    threads: new Map(),
    ownNamespaces: {},
    namespaces: new Map(),
    cgroups: new Map(),
    locks: [],
    sysv: [],
    sharedDescriptions: [],
    unknown: [],
    ...rest,
    sockets: new Map(sockets.map(socket => [socket.inode, socket])),
  };
}

const tcp = (inode: number, local: string, remote: string): Socket => ({
  inode,
  family: 'inet',
  protocol: 'tcp',
  state: 'established',
  local,
  remote,
  receiveQueue: 0,
  sendQueue: 0,
});

describe('two trees frozen together', () => {
  const tasks = [task(1, 0), task(5, 1), task(10, 5), task(20, 5)];

  it('cannot share a pipe, and the common ancestor is named', () => {
    const closure = findClosure(machine(tasks, [10, 20], { fds: { 10: ['pipe:[7]'], 20: ['pipe:[7]'] } }));
    const pipe = closure.ties.find(tie => tie.kind === 'pipe');
    expect(pipe?.standing).toBe('blocking');
    expect(pipe?.remedy).toContain('p5 (PID 5)');
  });

  it('keep a TCP connection between them, also where one end is a v6 socket', () => {
    const closure = findClosure(
      machine(tasks, [10, 20], {
        fds: { 10: ['socket:[7]'], 20: ['socket:[8]'] },
        sockets: [
          tcp(7, '127.0.0.1:80', '127.0.0.1:4000'),
          { ...tcp(8, '[::ffff:127.0.0.1]:4000', '[::ffff:127.0.0.1]:80'), family: 'inet6' },
        ],
      }),
    );
    expect(closure.ties.map(tie => [tie.kind, tie.standing])).toEqual([
      ['parent', 'crossing'],
      ['parent', 'crossing'],
      ['tcp', 'inside'],
    ]);
  });

  it('of init have no common ancestor to name', () => {
    const far = [task(1, 0), task(10, 1), task(20, 1)];
    const closure = findClosure(machine(far, [10, 20], { fds: { 10: ['pipe:[7]'], 20: ['pipe:[7]'] } }));
    expect(closure.ties[0]?.remedy).toContain('no common ancestor');
  });

  it('of init, with a unix socket between them: to take the other one along is no advice, whether one is frozen or both', () => {
    const far = [task(1, 0), task(10, 1), task(20, 1)];
    const remedies = (all: readonly Task[], targets: readonly number[]) =>
      findClosure(
        machine(all, targets, {
          fds: { 10: ['socket:[7]'], 20: ['socket:[8]'] },
          sockets: [unix(7, { peer: 8 }), unix(8, { peer: 7 })],
        }),
      ).ties.flatMap(({ kind, remedy }) => (kind === 'unix' ? [remedy] : []));
    expect(remedies(far, [10])).toEqual(remedies(far, [10, 20]));
    expect(remedies(far, [10])).toEqual([expect.stringContaining('talk over TCP')]);
    expect(remedies(tasks, [10])).toEqual([expect.stringContaining('--with-ties')]);
  });
});

describe('a unix socket whose other end is no process', () => {
  it.each([
    ['an end that is under way', [unix(7, { peer: 8 }), unix(8, { peer: 7 })]],
    ['a client that has gone', [unix(7, { state: 'listening', waiting: [8] })]],
  ])('%s: nobody is told to freeze it', (_, sockets) => {
    const tasks = [task(1, 0), task(10, 1)];
    const { ties } = findClosure(machine(tasks, [10], { fds: { 10: ['socket:[7]'] }, sockets }));
    expect(ties).toEqual([expect.objectContaining({ kind: 'unix', standing: 'blocking' })]);
    expect(ties[0]?.remedy).toMatch(/^Check again/);
  });
});

describe('a session whose leader has ended, as of programs that nohup kept from a login', () => {
  const job = (pid: number): Task => task(pid, 1, { session: 9, group: pid });
  const tasks = [task(1, 0), job(10), job(20), job(30)];

  it('stands against neither one of its members nor several in one bundle', () => {
    for (const targets of [[10], [10, 20]]) {
      const closure = findClosure(machine(tasks, targets));
      expect(closure.ties).toEqual([]);
      expect(processesToAdd(closure)).toEqual([]);
    }
  });
  it('cannot be cut in two as long as its leader lives', () => {
    const [session] = findClosure(machine([...tasks, task(9, 1)], [10])).ties;
    expect(session).toMatchObject({ kind: 'session', standing: 'blocking' });
  });
});

describe('growing', () => {
  it('follows what crosses, but neither the parent nor PID 1', () => {
    const tasks = [task(1, 0), task(5, 1), task(10, 5), task(20, 1)];
    const closure = findClosure(
      machine(tasks, [10], { fds: { 1: ['pipe:[7]'], 10: ['pipe:[7]'], 20: ['pipe:[7]'] } }),
    );
    expect(processesToAdd(closure).map(({ pid }) => pid)).toEqual([20]);
  });
});

describe('a memory file', () => {
  const held = { device: 1, inode: 3, target: '/memfd:pool (deleted)', flags: 0 } as OpenFile;
  const mapping = {
    ...{ start: '7f00', end: '7f01', access: 'rw-s', shared: true },
    ...{ device: '00:01', inode: '3', path: '/memfd:pool (deleted)' },
  };
  const seen = (fds: Record<number, readonly string[]>) =>
    findClosure(
      machine([task(1, 0), task(10, 1), task(20, 1)], [10], {
        fds,
        openFiles: new Map([
          [slotKey({ pid: 10, fd: 3 }), held],
          [slotKey({ pid: 20, fd: 3 }), held],
        ]),
        sharedMappings: new Map([[20, [mapping]]]),
      }),
    ).ties;

  it('ties who has it mapped to who only has it open, and both ways of one process are one end', () => {
    const link = '/memfd:pool (deleted)';
    const [tie, ...others] = seen({ 10: [link], 20: [link] });
    expect(others).toEqual([]);
    expect(tie).toMatchObject({ kind: 'memfd', standing: 'crossing' });
    expect(tie?.ends.map(({ pid, how }) => [pid, how])).toEqual([
      [20, 'mapping 7f00, fd 3'],
      [10, 'fd 3'],
    ]);
    expect(seen({ 20: [link] })).toEqual([]);
  });
});

describe('a lock on a file', () => {
  const lock = (pid: number, waiting: boolean): FileLock => ({
    ...{ kind: 'POSIX', access: 'WRITE', file: '08:01:7', first: 0, last: Number.POSITIVE_INFINITY },
    ...{ pid, waiting },
  });
  const seen = (...locks: FileLock[]) =>
    findClosure(machine([task(1, 0), task(10, 1), task(20, 1)], [10], { locks })).ties;

  it('ties who waits for it to who holds it, and nobody where nobody waits', () => {
    expect(seen(lock(20, false), lock(10, true))).toMatchObject([{ kind: 'file-lock' }]);
    expect(seen(lock(10, false), lock(20, true))).toMatchObject([{ kind: 'file-lock' }]);
    expect(seen(lock(10, false), lock(20, false))).toEqual([]);
  });
});

describe('what is no tie', () => {
  it.each([
    ['a pipe to oneself', { 10: ['pipe:[7]', 'pipe:[7]'] }],
    ['a pipe between others', { 20: ['pipe:[7]'], 21: ['pipe:[7]'] }],
    ['a pipe and a socket of one number', { 10: ['pipe:[7]'], 20: ['socket:[7]'] }],
  ] as const)('%s', (_, fds) => {
    const tasks = [task(1, 0), task(10, 1), task(20, 1), task(21, 1)];
    expect(findClosure(machine(tasks, [10], { fds })).ties).toEqual([]);
  });

  it('memory of one number on two devices, or of two kinds', () => {
    const tasks = [task(1, 0), task(10, 1), task(20, 1), task(30, 1)];
    const mapping = (device: string, path: string) => ({
      start: '7f00',
      end: '7f01',
      access: 'rw-s',
      shared: true,
      device,
      inode: '3',
      path,
    });
    const sharedMappings = new Map([
      [10, [mapping('00:01', '/dev/zero (deleted)')]],
      [20, [mapping('00:1a', '/dev/shm/x')]],
      [30, [mapping('00:01', '/SYSV00000000 (deleted)')]],
    ]);
    expect(findClosure(machine(tasks, [10], { sharedMappings })).ties).toEqual([]);
  });
});

describe('five thousand processes', () => {
  it('give each tie once', () => {
    const tasks = [task(1, 0)];
    const fds: Record<number, string[]> = {};
    for (let tree = 0; tree < 500; tree++) {
      const root = 1000 + tree * 10;
      for (let at = 0; at < 10; at++) {
        tasks.push(task(root + at, at === 0 ? 1 : root, { session: root, group: root }));
        fds[root + at] = [`pipe:[${root}]`];
      }
    }
    const targets = tasks.slice(1).map(one => one.pid);
    const closure = findClosure(machine(tasks, targets, { fds }));
    const count = (kind: string) => closure.ties.filter(tie => tie.kind === kind).length;
    expect([count('parent'), count('session'), count('group'), count('pipe')]).toEqual([4500, 500, 500, 500]);
    expect(closure.ties.every(tie => tie.standing === 'inside')).toBe(true);
  });
});
