import { describe, expect, it } from 'vitest';
import {
  anonymousKind,
  linkedInode,
  parseLocks,
  parseMaps,
  parseMountInfo,
  parseSharedMaps,
  parseSmaps,
} from '../../src/host/proc/index.js';
import { parseCgroup } from '../../src/host/proc/namespaces.js';
import { parseFdInfo } from '../../src/host/proc/parse-fdinfo.js';
import { parseSemaphoreUsers, parseSysv } from '../../src/host/proc/sysv.js';
import {
  parseInetTable,
  parseOwnerless,
  parseUnixTable,
  readAddress,
} from '../../src/host/sockets/parse-proc-net.js';
import { parseSsUnix } from '../../src/host/sockets/parse-ss.js';

describe('addresses of /proc/net', () => {
  it.each([
    ['0100007F:1F90', '127.0.0.1:8080'],
    ['00000000000000000000000001000000:0016', '[::1]:22'],
    ['00000000000000000000000000000000:0000', '[::]:0'],
    ['0000000000000000FFFF00000100007F:1F90', '[::ffff:127.0.0.1]:8080'],
    ['B80D01200000000000000000010000FF:0050', '[2001:db8::ff00:1]:80'],
  ])('%s is %s', (text, address) => {
    expect(readAddress(text)).toBe(address);
  });

  it('leaves out sockets that nobody holds', () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:9C40 06 00000000:00000000 03:00000d05 00000000     0        0 0 3 0`;
    expect(parseInetTable('tcp', 'inet', text)).toEqual([
      {
        inode: 4711,
        family: 'inet',
        protocol: 'tcp',
        state: 'listening',
        local: '127.0.0.1:8080',
        remote: '0.0.0.0:0',
        receiveQueue: 3,
        sendQueue: 0,
      },
    ]);
  });

  it('says what the kernel alone has: who has connected and said nothing, and what is left to send', () => {
    // Of Linux 6.18: listeners, a closed connection through but for the time-wait, a deferred client and its end, an end with
    // 3,797,504 bytes unsent and its peer; then one of which the FIN alone is under way, and the same in version 6.
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:B285 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 964935 1 00000000b4b8fc2c 100 0 0 10 0
  17: 0100007F:B285 0100007F:D756 05 00000000:00000000 03:00001765 00000000     0        0 0 3 00000000b394de45
  18: 0100007F:A6DA 0100007F:AC4F 01 00000000:00000000 00:00000000 00000000     0        0 964934 2 00000000492fe8b8 20 0 0 10 -1
  19: 0100007F:AC4F 0100007F:A6DA 03 00000000:00000000 01:00000058 00000000     0        0 0 0 00000000ae614106
  21: 0100007F:D746 0100007F:B285 01 00000000:0001BA00 00:00000000 00000000     0        0 964936 2 000000003639537e 20 8 0 10 -1
  24: 0100007F:B285 0100007F:D746 04 0039F201:00000000 04:0000000E 00000000     0        0 0 2 000000003d5f3234 20 0 0 14 -1
  25: 0100007F:B285 0100007F:D748 04 00000001:00000000 04:0000000E 00000000     0        0 0 2 000000003d5f3234 20 0 0 14 -1
   2: 00000000000000000000000001000000:9B55 00000000000000000000000001000000:999C 04 0039F201:00000000 04:0000000C 00000000     0        0 0 2 00000000aa1607db 20 0 0 14 -1
   3: 00000000000000000000000001000000:A4D9 00000000000000000000000001000000:B71A 03 00000000:00000000 01:00000057 00000000     0        0 0 0 00000000bed0f7ac`;
    expect(parseOwnerless(text)).toEqual([
      { state: 'half-open', local: '127.0.0.1:44111', remote: '127.0.0.1:42714', unsent: 0 },
      { state: 'closed', local: '127.0.0.1:45701', remote: '127.0.0.1:55110', unsent: 3_797_504 },
      { state: 'closed', local: '[::1]:39765', remote: '[::1]:39324', unsent: 3_797_504 },
      { state: 'half-open', local: '[::1]:42201', remote: '[::1]:46874', unsent: 0 },
    ]);
  });
});

describe('unix sockets', () => {
  it('reads names with spaces, and tells who listens', () => {
    const text = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 7 /run/a b.sock
0000000000000000: 00000003 00000000 00000000 0002 03 8
0000000000000000: 00000003 00000000 00000000 0001 02 0 /run/a b.sock`;
    expect(parseUnixTable(text).map(s => [s.inode, s.protocol, s.state, s.local])).toEqual([
      [7, 'stream', 'listening', '/run/a b.sock'],
      [8, 'datagram', 'established', ''],
    ]);
  });

  it('reads peers from ss, with names on either side and clients in the queue', () => {
    const text = `u_str ESTAB  0      0       /run/my socket 1234 * 1235 <->
u_str ESTAB  5      0                        * 1235 /run/my socket 1234 <->
u_dgr UNCONN 0      0         @abstract name 77 * 0 <->
u_str LISTEN 2      128            /run/l 90 * 0 <-> ino:2359539 dev:0/65024 peers: 91 0`;
    expect(parseSsUnix(text)).toEqual([
      { inode: 1234, peer: 1235, receiveQueue: 0, sendQueue: 0, waiting: [] },
      { inode: 1235, peer: 1234, receiveQueue: 5, sendQueue: 0, waiting: [] },
      { inode: 77, peer: 0, receiveQueue: 0, sendQueue: 0, waiting: [] },
      { inode: 90, peer: 0, receiveQueue: 2, sendQueue: 128, waiting: [91, 0], fileInode: 2359539 },
    ]);
  });
});

describe('files of a process', () => {
  it('reads fdinfo of any kind', () => {
    const info = parseFdInfo(
      'pos:\t9007199254740993\nflags:\t0104002\nmnt_id:\t24\nino:\t91\ntty-index:\t3\n',
    );
    expect(info).toEqual({
      position: 9007199254740993n,
      flags: 0o104002,
      mountId: 24,
      lines: [['tty-index', '3']],
    });
    const poll = parseFdInfo(
      'pos:\t0\nflags:\t02\nmnt_id:\t16\ntfd:        5 events: 19 data: 5\ntfd: 6 events: 19',
    );
    expect(poll.lines.map(([key]) => key)).toEqual(['tfd', 'tfd']);
  });

  it('tells links apart', () => {
    expect(linkedInode('pipe:[12]', 'pipe')).toBe(12);
    expect(linkedInode('pipe:[12]', 'socket')).toBeUndefined();
    expect(anonymousKind('anon_inode:[eventpoll]')).toBe('eventpoll');
    expect(anonymousKind('anon_inode:inotify')).toBe('inotify');
    expect(anonymousKind('/tmp/anon_inode:[x]')).toBeUndefined();
  });

  it('reads maps with paths that hold spaces, and VmFlags', () => {
    const line =
      '7f0000000000-7f0000002000 rw-s 00000000 00:01 1026                       /dev/zero (deleted)';
    expect(parseMaps(`${line}\nnonsense\n`)).toEqual([
      {
        start: '7f0000000000',
        end: '7f0000002000',
        access: 'rw-s',
        shared: true,
        device: '00:01',
        inode: '1026',
        path: '/dev/zero (deleted)',
      },
    ]);
    expect(parseSmaps(`${line}\nSize: 8 kB\nVmFlags: rd wr sh um \n`)).toEqual({
      mappings: parseMaps(line),
      changedCode: [],
      flags: [{ start: '7f0000000000', path: '/dev/zero (deleted)', flags: ['rd', 'wr', 'sh', 'um'] }],
    });
  });

  it('reads shared mappings alone, whatever their paths look like', () => {
    const padded = (start: string) => `${start} 00000000 08:01 42`.padEnd(73);
    const lines = [
      `${padded('5500-5501 r--p')}/srv/it's s 0/rw-s x`,
      `${padded('5600-5601 rw-s')}/srv/a b`,
      'ffffffffff600000-ffffffffff601000 --xs 00000000 00:00 0 ',
      '5700-5701 rw-p 00000000 00:00 0 ',
    ];
    expect(parseSharedMaps(lines.join('\n')).map(one => [one.start, one.path])).toEqual([
      ['5600', '/srv/a b'],
      ['ffffffffff600000', ''],
    ]);
  });

  it('reads all that smaps says of an address space: named mappings, and odd flags of any', () => {
    const block = (line: string, path: string, flags: string) =>
      `${path === '' ? line : line.padEnd(73)}${path}\nSize:  4 kB\nTHPeligible:    0\nVmFlags: ${flags} \n`;
    const text = [
      block('5500-5501 r--p 00000000 08:01 42', '/lib/a', 'rd mr mw me sd'),
      block('5501-5502 r-xp 00001000 08:01 42', '/lib/a', 'rd ex mr mw me sd'),
      block('5502-5503 rw-p 00000000 00:00 0 ', '', 'rd wr mr mw me ac sl'),
      block('5503-5504 rw-p 00000000 00:00 0 ', '', 'rd wr mr mw me ac'),
      block('5504-5505 rw-s 00000000 08:01 42', '/lib/a', 'rd wr sh mr mw me ms sd'),
      block('5505-5506 rw-s 00000000 08:01 42', '/lib/a', 'rd wr sh mr mw me ms sd'),
      block('5506-5507 r--p 00000000 08:02 42', '/lib/a', 'rd mr mw me sd'),
    ].join('');
    const { mappings, flags } = parseSmaps(text);
    expect(mappings.map(one => one.start)).toEqual(['5500', '5504', '5505', '5506']);
    expect(flags.map(one => [one.start, one.flags.at(-1)])).toEqual([['5502', 'sl']]);
  });
});

describe('places', () => {
  it('reads mounts, escapes undone', () => {
    const [mount] = parseMountInfo(
      '36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n',
    );
    expect(mount).toEqual({
      id: 36,
      parent: 35,
      device: '98:0',
      root: '/mnt1',
      mountpoint: '/mnt/a b',
      fileSystem: 'ext3',
      source: '/dev/root',
      options: ['rw', 'noatime'],
      propagation: ['master:1'],
      fileSystemOptions: ['rw', 'errors=continue'],
    });
  });
  it('takes the cgroup that says something', () => {
    expect(parseCgroup('9:name=systemd:/\n8:pids:/\n0::/\n')).toBe('/');
    expect(parseCgroup('0::/system.slice/redis.service\n')).toBe('/system.slice/redis.service');
    expect(parseCgroup('1:name=systemd:/user.slice\n0::/\n')).toBe('/user.slice');
  });
  it('reads locks, and who waits', () => {
    const text =
      '1: POSIX  ADVISORY  WRITE 4711 fe:00:42 0 EOF\n1: -> POSIX  ADVISORY  WRITE 4712 fe:00:42 0 EOF\n2: OFDLCK ADVISORY READ -1 00:1a:7 0 9\n';
    const whole = { first: 0, last: Number.POSITIVE_INFINITY };
    expect(parseLocks(text)).toEqual([
      { kind: 'POSIX', access: 'WRITE', pid: 4711, file: 'fe:00:42', waiting: false, ...whole },
      { kind: 'POSIX', access: 'WRITE', pid: 4712, file: 'fe:00:42', waiting: true, ...whole },
      { kind: 'OFDLCK', access: 'READ', pid: -1, file: '00:1a:7', waiting: false, first: 0, last: 9 },
    ]);
  });
  it('the last users of semaphores, of the set with the id 0 as well, which a machine gives out first', () => {
    expect(parseSemaphoreUsers('0 812 7\n32769 \n')).toEqual(
      new Map([
        [0, [812, 7]],
        [32769, []],
      ]),
    );
  });

  it('reads System V tables by their headings', () => {
    const text =
      '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n         0          3   600           4          1    21    22     7     0     0     0          0          0          0\n';
    expect(parseSysv('message queue', text)).toEqual([
      { kind: 'message queue', id: 3, key: '0', pids: [21, 22], uid: 7, bytes: 0, members: 0 },
    ]);
    const segments =
      '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n 5432001  32769  600  56  21  0  6  112  120  112  120  1  1  1  4096  0\n';
    expect(parseSysv('shared memory', segments)).toEqual([
      { kind: 'shared memory', id: 32769, key: '5432001', pids: [21], uid: 112, bytes: 56, members: 0 },
    ]);
  });
});
