import { describe, expect, test } from 'vitest';
import { chooseKernel, compareReleases } from '../../vm-tests/setup/kernel-list.js';

describe('the kernel of a series', () => {
  test('is the newest by number, not by letters', () => {
    const names = ['linux-image-6.1.0-9-cloud-amd64', 'linux-image-6.1.0-50-cloud-amd64'];
    expect(chooseKernel('6.1', names)?.packages).toEqual(['linux-image-6.1.0-50-cloud-amd64']);
    expect(compareReleases('6.1.0-50-cloud-amd64', '6.1.0-9-cloud-amd64')).toBeGreaterThan(0);
  });

  test('is not of a series that only begins alike', () => {
    const names = ['linux-image-6.12.107+deb13-cloud-amd64', 'linux-image-6.19.14+deb13-cloud-amd64'];
    expect(chooseKernel('6.1', names)).toBeUndefined();
  });

  test('is never an unsigned, a debugging or another flavour', () => {
    const names = [
      'linux-image-6.1.0-50-cloud-amd64-dbg',
      'linux-image-6.1.0-50-cloud-amd64-unsigned',
      'linux-image-6.1.0-50-amd64',
      'linux-binary-unsigned-6.1.9+deb13-cloud-amd64',
    ];
    expect(chooseKernel('6.1', names)).toBeUndefined();
  });

  test('comes in three packages where Debian split it', () => {
    const release = '7.2.12+deb13-cloud-amd64';
    const names = ['image', 'binary', 'modules', 'base'].map(part => `linux-${part}-${release}`);
    expect(chooseKernel('7.2', names)).toEqual({
      release,
      packages: [`linux-binary-${release}`, `linux-modules-${release}`, `linux-base-${release}`],
    });
  });

  test('is the older one when the newest has lost its modules', () => {
    const names = [
      'linux-image-7.2.12+deb13-cloud-amd64',
      'linux-binary-7.2.12+deb13-cloud-amd64',
      'linux-binary-7.2.11+deb13-cloud-amd64',
      'linux-modules-7.2.11+deb13-cloud-amd64',
    ];
    expect(chooseKernel('7.2', names)?.release).toBe('7.2.11+deb13-cloud-amd64');
  });
});
