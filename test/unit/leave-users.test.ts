import { describe, expect, it } from 'vitest';
import { leaveUsers } from '../../src/converters/leave-users.js';
import { mountAt } from '../../src/converters/mount-at.js';
import { parseSameIds } from '../../src/host/proc/users.js';
import type { Mount, Tree } from '../../src/image-format/neutral/index.js';

const mount = (id: number, parent: number, mountPoint: string): Mount => ({
  ...{ id, parent, mountPoint, fileSystem: 'tmpfs', device: { major: 0, minor: id } },
  ...{ flags: [], root: '/', source: 'own', options: '' },
});

describe('the mount that a path leads to', () => {
  const mounts = [
    mount(1, 0, '/'),
    mount(2, 1, '/dev'),
    mount(3, 2, '/dev/shm'),
    mount(4, 3, '/dev/shm'),
    mount(5, 1, '/a/b'),
    // Covers what was mounted below it before.
    mount(6, 1, '/a'),
  ];
  it.each([
    ['/', 1],
    ['/etc/passwd', 1],
    ['/dev', 2],
    ['/device', 1],
    ['/dev/null', 2],
    ['/dev/shm/x', 4],
    ['/a/b/c', 6],
  ])('%s: %i', (path, id) => {
    expect(mountAt(path, mounts)?.id).toBe(id);
  });
  it('is none where there is no root', () => {
    expect(mountAt('/', [mount(2, 1, '/dev')])).toBeUndefined();
  });
});

describe('IDs that a user namespace calls as the machine does', () => {
  it.each([
    [
      '         0          0          1\n        33         33          1\n',
      [
        { first: 0, count: 1 },
        { first: 33, count: 1 },
      ],
    ],
    ['0 0 4294967295\n', [{ first: 0, count: 4294967295 }]],
    ['0 100000 65536\n', undefined],
    ['0 0 1\n1 100001 65535\n', undefined],
    ['', undefined],
  ])('%j', (text, ranges) => {
    expect(parseSameIds(text)).toEqual(ranges);
  });
});

describe('a tree that leaves its user namespace', () => {
  const namespaces = { mount: 'namespace-2', hostname: 'namespace-3', user: 'namespace-9' } as const;
  const credentials = {
    ...{ user: 33, group: 33, effectiveUser: 33, effectiveGroup: 33, savedUser: 33, savedGroup: 33 },
    ...{ filesystemUser: 33, filesystemGroup: 33, secureBits: [] },
    ...{ bounding: ['chown'], inheritable: ['setpcap'] },
    supplementaryGroups: [65534],
  };
  const tree = {
    root: 7,
    capture: { outside: { namespaces: { ...namespaces, user: 'namespace-1' } } },
    processes: [
      { pid: 7, namespaces, threads: [{ tid: 7, credentials }] },
      { pid: 8, threads: [] },
    ],
    openFiles: [
      { id: 'file-1', kind: 'regular', path: '/dev/null' },
      { id: 'file-2', kind: 'regular', path: 'file[18:3]', external: true },
      { id: 'file-3', kind: 'unix-socket', permissions: { mode: 0o777, user: 0xffffffff, group: 0 } },
    ],
    ghostFiles: [{ id: 'ghost-1', user: 0xffffffff, group: 0xffffffff }],
    memfds: [],
    terminals: [],
    namespaces: [
      { id: 'namespace-9', kind: 'user' },
      { id: 'namespace-0', kind: 'time' },
    ],
  } as unknown as Tree;
  const mounts = [mount(1, 0, '/'), mount(2, 1, '/dev')];
  const left = leaveUsers(tree, {
    ...{ mounts, hostname: { name: 'inner', domain: '(none)' } },
    groups: new Map([[7, [4, 33]]]),
  });

  it('is in that of the machine, with its mounts and its name', () => {
    expect(left.processes.map(one => one.namespaces)).toEqual([
      { mount: 'namespace-10', hostname: 'namespace-11', user: 'namespace-1' },
      undefined,
    ]);
    expect(left.namespaces).toEqual([
      { id: 'namespace-0', kind: 'time' },
      { id: 'namespace-11', kind: 'hostname', name: 'inner', domain: '(none)' },
      { id: 'namespace-10', kind: 'mount', mounts: [...mounts].reverse() },
    ]);
    expect(left.openFiles.map(file => ('mount' in file ? file.mount : undefined))).toEqual([
      2,
      undefined,
      undefined,
    ]);
  });
  it('has the groups that the machine knows, and gets no capability by any program', () => {
    expect(left.processes[0]?.threads[0]?.credentials).toMatchObject({
      supplementaryGroups: [4, 33],
      ...{ bounding: [], inheritable: [] },
    });
  });
  it('has nobody as owner of what its users had no number for, as it saw it', () => {
    expect(left.ghostFiles).toEqual([{ id: 'ghost-1', user: 65534, group: 65534 }]);
    expect(left.openFiles[2]).toMatchObject({ permissions: { user: 65534, group: 0 } });
  });
  it('keeps the mounts and the name of the machine where it has these', () => {
    const plain = leaveUsers(tree, { groups: new Map() });
    expect(plain.processes[0]?.namespaces).toEqual({ ...namespaces, user: 'namespace-1' });
    expect(plain.openFiles).toEqual(
      left.openFiles.map(({ ...file }) => {
        if ('mount' in file) delete (file as { mount?: number }).mount;
        return file;
      }),
    );
  });
});
