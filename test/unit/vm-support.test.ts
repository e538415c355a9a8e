import { describe, expect, test } from 'vitest';
import { releaseSources } from '../../scripts/setup/host-packages.js';
import { qemuSupport } from '../../vm-tests/driver/available.js';
import { kernelCommandLine, type QemuSettings, qemuArguments } from '../../vm-tests/driver/qemu-command.js';
import { packagesOf } from '../../vm-tests/setup/userland.js';

describe('QEMU', () => {
  test('of bookworm is refused with the reason', () => {
    const verdict = qemuSupport('QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)');
    expect(verdict).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/7\.2 is too old.*corrupts guests/),
    });
  });

  test.each([
    ['QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)', true],
    ['QEMU emulator version 11.1.3', true],
    ['QEMU emulator version 9.2.0', false],
    ['something else', false],
    [undefined, false],
  ])('%s: %s', (line, ok) => {
    expect(qemuSupport(line).ok).toBe(ok);
  });

  test('is reachable through 127.0.0.1 only and reaches nothing', () => {
    const argv = qemuArguments({ ...settings, forwards: [{ guest: 6379, host: 40001 }] });
    const nics = argv.filter((_, index) => argv[index - 1] === '-nic');
    expect(nics).toEqual([
      'user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:40001-10.0.2.15:6379',
    ]);
    expect(argv).not.toContain('-netdev');
  });

  test('reaches another machine through 127.0.0.1 only, by a card with an address of its own', () => {
    const [one, two] = [
      { own: 40001, other: 40002 },
      { own: 40002, other: 40001 },
    ];
    const argv = qemuArguments({ ...settings, cabled: { end: one, addresses: [] } });
    expect(argv[argv.indexOf('-netdev') + 1]).toBe(
      'dgram,id=cable,local.type=inet,local.host=127.0.0.1,local.port=40001,remote.type=inet,remote.host=127.0.0.1,remote.port=40002',
    );
    const card = (end: typeof one) =>
      qemuArguments({ ...settings, cabled: { end, addresses: [] } }).find(word =>
        word.includes('netdev=cable'),
      );
    expect(card(one)).not.toBe(card(two));
  });

  test('emulates without five-level paging and fast string operations', () => {
    const argv = qemuArguments(settings);
    expect(argv[argv.indexOf('-cpu') + 1]).toBe('max,-la57,-erms,-fsrm');
  });
});

test('read-only disks are named on the kernel command line in the order of the drives', () => {
  const line = kernelCommandLine('/init', ['/opt/ckpt', '/opt/criu'], ['memmap=256M!1G']);
  expect(line).toContain('ckpt.mounts=vdb:/opt/ckpt,vdc:/opt/criu');
  expect(line.endsWith(' memmap=256M!1G')).toBe(true);
});

test('a userland has each package once, and CRIU where its suite has one', () => {
  expect(
    packagesOf({ suite: 'trixie', packages: ['criu', 'apt'] }).filter(name => name === 'criu'),
  ).toHaveLength(1);
  expect(packagesOf({ suite: 'bullseye' })).not.toContain('criu');
  expect(() => packagesOf({ suite: 'sarge' })).toThrow(/names no sarge/);
});

test("the host's sources are its release's, wherever they come from", () => {
  const printed = [
    "'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_debian_dists_bookworm_InRelease 0 ",
    "'http://mirror.example/debian/dists/bookworm-updates/InRelease' x 0 ",
    "'http://security.example/debian-security/dists/bookworm-security/InRelease' x 0 ",
    "'https://third.example/node/dists/nodistro/InRelease' x 0 ",
    "'http://mirror.example/debian/dists/trixie/InRelease' x 0 ",
  ].join('\n');
  expect(releaseSources(printed, 'bookworm').map(line => line.split(' ').slice(3, 5).join(' '))).toEqual([
    'http://mirror.example/debian bookworm',
    'http://mirror.example/debian bookworm-updates',
    'http://security.example/debian-security bookworm-security',
  ]);
});

const settings: QemuSettings = {
  accelerator: 'tcg',
  vmlinuz: '/k',
  initrd: '/i',
  commandLine: '',
  memoryMiB: 1024,
  cpus: 2,
  overlay: '/o',
  durable: false,
  readOnlyDisks: [],
  forwards: [],
  cabled: undefined,
  agentSocket: '/s',
  consoleLog: '/c',
  terminal: false,
};
