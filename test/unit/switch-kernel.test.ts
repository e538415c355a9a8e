import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseKernel } from '../../src/cli/commands/switch/choose-kernel.js';
import { judgeInstalledKernels } from '../../src/host/doctor/installed-kernels.js';
import { readKernels } from '../../src/host/kernels.js';

const kernels = (...releases: string[]) =>
  releases.map(release => ({
    release,
    version: '1.0',
    image: `/boot/vmlinuz-${release}`,
    initrd: undefined,
  }));

describe('the kernel of a switch', () => {
  test.each([
    ['6.1.0-49-amd64', ['6.1.0-49-amd64', '6.1.0-50-amd64'], '6.1.0-50-amd64'],
    ['6.1.0-9-amd64', ['6.1.0-10-amd64', '6.1.0-9-amd64'], '6.1.0-10-amd64'],
    [
      '6.1.0-50-amd64',
      ['6.12.94+deb13-amd64', '6.12.9+deb13-amd64', '6.1.0-50-amd64'],
      '6.12.94+deb13-amd64',
    ],
    ['6.12.94+deb13-amd64', ['6.12.94+deb14-amd64'], '6.12.94+deb14-amd64'],
    ['5.14.0-362.8.1.el9_3.x86_64', ['5.14.0-362.18.1.el9_3.x86_64'], '5.14.0-362.18.1.el9_3.x86_64'],
    // A flavour that somebody has installed beside the usual one is not what the machine runs.
    ['6.1.0-49-amd64', ['6.1.0-50-amd64', '6.12.94+deb13-rt-amd64'], '6.1.0-50-amd64'],
    [
      '6.1.0-50-cloud-amd64',
      ['6.12.94+deb13-amd64', '6.12.90+deb13-cloud-amd64'],
      '6.12.90+deb13-cloud-amd64',
    ],
    ['6.1.0-50-rt-amd64', ['6.12.94+deb13-amd64', '6.12.90+deb13-amd64'], '6.12.94+deb13-amd64'],
  ])('after %s, of %j, is %s', (running, installed, chosen) => {
    expect(chooseKernel(running, kernels(...installed)).release).toBe(chosen);
  });

  test('is never an older one, unless it is named', () => {
    const installed = kernels('6.12.94+deb13-amd64', '6.1.0-50-amd64');
    expect(() => chooseKernel('6.12.94+deb13-amd64', installed)).toThrow(
      expect.objectContaining({
        code: 'switch-no-newer',
        why: 'in /boot: 6.1.0-50-amd64, 6.12.94+deb13-amd64',
      }),
    );
    const back = chooseKernel('6.12.94+deb13-amd64', installed, '6.1.0-50-amd64');
    expect(back.image).toBe('/boot/vmlinuz-6.1.0-50-amd64');
    expect(() => chooseKernel('6.12.94+deb13-amd64', [])).toThrow(
      expect.objectContaining({ code: 'switch-no-newer', why: 'in /boot: none' }),
    );
  });

  test('that is not there is refused with those that are', () => {
    expect(() => chooseKernel('6.1.0-50-amd64', kernels('6.1.0-50-amd64'), '6.12')).toThrow(
      expect.objectContaining({ code: 'switch-kernel-unknown', why: 'in /boot: 6.1.0-50-amd64' }),
    );
  });
});

test('doctor names the kernel that a switch would start, and calls none no fault', () => {
  const of = (...installed: string[]) => judgeInstalledKernels('6.1.0-50-amd64', kernels(...installed));
  expect(of('6.1.0-50-amd64', '6.12.94+deb13-amd64')).toEqual([
    expect.objectContaining({ grade: 'good', what: expect.stringContaining(', 6.12.94+deb13-amd64:') }),
  ]);
  expect(of('6.1.0-50-amd64')).toEqual([
    expect.objectContaining({ grade: 'good', what: expect.stringMatching(/^no newer kernel/) }),
  ]);
});

describe('the kernels of a machine', () => {
  let boot: string;
  beforeEach(async () => {
    boot = await mkdtemp(join(tmpdir(), 'ckpt-boot-'));
  });
  afterEach(() => rm(boot, { recursive: true }));

  test('are found with their initial file systems, as distributions call them', async () => {
    const files = [
      ...['vmlinuz-6.1.0-50-amd64', 'initrd.img-6.1.0-50-amd64', 'System.map-6.1.0-50-amd64'],
      ...['vmlinuz-5.14.0-362.el9.x86_64', 'initramfs-5.14.0-362.el9.x86_64.img'],
      ...['vmlinuz-0-rescue-1f2e', 'vmlinuz-7.2.0', 'vmlinuz', 'grub'],
    ];
    for (const file of files) await writeFile(join(boot, file), '');
    const found = [...readKernels(boot)].sort((a, b) => a.release.localeCompare(b.release));
    expect(found).toEqual([
      {
        release: '5.14.0-362.el9.x86_64',
        version: '5.14.0',
        image: join(boot, 'vmlinuz-5.14.0-362.el9.x86_64'),
        initrd: join(boot, 'initramfs-5.14.0-362.el9.x86_64.img'),
      },
      {
        release: '6.1.0-50-amd64',
        version: '6.1.0',
        image: join(boot, 'vmlinuz-6.1.0-50-amd64'),
        initrd: join(boot, 'initrd.img-6.1.0-50-amd64'),
      },
      { release: '7.2.0', version: '7.2.0', image: join(boot, 'vmlinuz-7.2.0'), initrd: undefined },
    ]);
  });

  test('are none where there is no such folder', () => {
    expect(readKernels(join(boot, 'gone'))).toEqual([]);
  });
});
