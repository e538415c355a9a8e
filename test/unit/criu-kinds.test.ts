import { describe, expect, it } from 'vitest';
import { idOfFile, kindNamed, kindOfFile, kinds } from '../../src/image-format/criu/kinds.js';
import { wireTable } from '../../src/image-format/criu/wire-table.js';

describe('kinds', () => {
  const named: readonly (readonly [string, string])[] = [
    ['inventory.img', 'inventory'],
    ['core-131.img', 'core'],
    ['pagemap-131.img', 'pagemap'],
    ['pagemap-shmem-4294967299.img', 'pagemap-shmem'],
    ['pages-1.img', 'pages'],
    ['ghost-file-1a.img', 'ghost-file'],
    ['tcp-stream-4f2e1.img', 'tcp-stream'],
    ['ipcns-shm-9.img', 'ipcns-shm'],
    ['netns-11.img', 'netns'],
    ['netns-ct-11.img', 'netns-ct'],
    ['route6-11.img', 'route6'],
    ['eventpoll-tfd.img', 'eventpoll-tfd'],
    ['binfmt-misc.img', 'binfmt-misc'],
    ['binfmt-misc-12.img', 'binfmt-misc'],
    ['tmpfs-dev-64.tar.gz.img', 'tmpfs-dev'],
    ['stats-dump', 'stats'],
    ['irmap-cache', 'irmap-cache'],
    ['amdgpu-pages-1-00ab.img', 'amdgpu'],
    ['amdgpu-renderD-128.img', 'amdgpu'],
  ];
  it.each(named)('%s is a %s image', (file, kind) => {
    expect(kindOfFile(file)?.kind).toBe(kind);
  });

  it.each([
    'core.img',
    'core-x.img',
    'inventory-1.img',
    'ghost-file-xyz.img',
    'stats-dump.img',
    'mm-1',
    'dump.log',
    '../core-1.img',
    'a/core-1.img',
    'core-1.img\n',
    'spaceship-1.img',
  ])('%j is no image', file => {
    expect(kindOfFile(file)).toBeUndefined();
  });

  it.each([
    ['core-131.img', '131'],
    ['ghost-file-1a.img', '1a'],
    ['inventory.img', ''],
    ['tmpfs-dev-64.tar.gz.img', '64'],
    ['stats-dump', 'dump'],
  ])('%s has the id %j', (file, id) => {
    const kind = kindOfFile(file);
    expect(kind && idOfFile(file, kind)).toBe(id);
  });

  it('have names of their own, and messages that the wire table knows', () => {
    expect(new Set(kinds.map(kind => kind.kind)).size).toBe(kinds.length);
    for (const kind of kinds) {
      expect(kindNamed(kind.kind)).toBe(kind);
      if (kind.form !== 'records') continue;
      const messages = [kind.message, kind.head, kind.sub?.message, ...Object.keys(kind.payload ?? {})];
      for (const message of messages)
        if (message !== undefined) expect(wireTable.messages).toHaveProperty([message]);
    }
  });
});
