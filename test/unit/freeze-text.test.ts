import { expect, test } from 'vitest';
import { freezeText } from '../../src/cli/render/freeze-text.js';

const result = {
  name: 'db',
  path: '/var/lib/ckpt/db',
  trees: [{ root: 131, command: 'redis-server', processes: 1 }],
  memory: 4096,
  guarded: true,
  stoodStill: 180,
  total: 300,
  heldBack: [],
  bootUnit: undefined,
};

test('what connections lack is said before the next command', () => {
  const lines = freezeText(result, {}, ['nft', 'guard', 'early', 'kernel'], { by: 'systemctl kexec' }).split(
    '\n',
  );
  expect(lines.slice(-5)).toEqual([
    expect.stringContaining('apt install nftables'),
    expect.stringContaining('ckpt guard --install'),
    expect.stringContaining('initramfs'),
    // Without its initrd Debian's kernel finds no disk.
    expect.stringMatching(/kexec -l \S+ --initrd=\S+ --reuse-cmdline/),
    expect.stringMatching(/switch the kernel \(systemctl kexec\), then type: ckpt thaw db$/),
  ]);
  expect(freezeText(result, {}, [], { by: 'reboot' })).not.toContain('  first ');
});

test('of a bundle in memory nobody is told to switch the kernel', () => {
  const text = freezeText(result, {}, ['disk'], { by: 'reboot' });
  expect(text).toMatch(/first .*lies in memory/);
  expect(text).toMatch(/next +before this kernel ends: ckpt thaw db$/);
  expect(text).not.toContain('switch the kernel');
});

test('what systemd was told is said', () => {
  const told = { ...result, heldBack: ['db.service', 'db.socket'], bootUnit: 'ckpt-thaw-db.service' };
  const lines = freezeText(told, {}, ['numbers'], { by: 'reboot' }).split('\n');
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(/^ {2}held back +db\.service, db\.socket: /),
    expect.stringContaining('its PIDs need a guard'),
    expect.stringMatching(/\(reboot\); the boot thaws it: systemctl status ckpt-thaw-db\.service$/),
  ]);
});

test('a unit whose name a shell would change is quoted', () => {
  const text = freezeText({ ...result, bootUnit: 'ckpt-thaw-a\\x2b1.service' }, {}, [], { by: 'reboot' });
  expect(text).toMatch(/systemctl status 'ckpt-thaw-a\\x2b1\.service'$/);
});
