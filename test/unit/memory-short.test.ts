import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectedMemory } from '../../src/checkpoint/store/memory-need.js';
import { memoryLeft, readStatus } from '../../src/host/proc/memory.js';
import type { Bundle } from '../../src/image-format/bundle/open-bundle.js';
import { memoryShortWarning } from '../../src/restore/memory-short.js';
import { folder } from './bundle-support.js';

const MIB = 2 ** 20;

function bundleOf(...sizes: readonly number[]): Pick<Bundle, 'manifest'> {
  const members = sizes.map((size, at) => ({ path: `memory/0/pages-${at}.img`, size, digest: null }));
  const other = { path: 'document.json', size: 2 ** 40, digest: null };
  return { manifest: { members: [...members, other] } } as unknown as Pick<Bundle, 'manifest'>;
}

it('says beforehand that the memory of a bundle is more than what is left', () => {
  expect(memoryShortWarning(bundleOf(2 * MIB, 3 * MIB), 5 * MIB)).toBe(undefined);
  expect(memoryShortWarning(bundleOf(2 * MIB, 3 * MIB), undefined)).toBe(undefined);
  expect(memoryShortWarning(bundleOf(2 * MIB, 4 * MIB), 5 * MIB)).toMatch(
    /^its memory is 6 MiB, .* has 5 MiB left/,
  );
});

it('counts what is left of memory and swap', async () => {
  const proc = await folder();
  writeFileSync(
    join(proc, 'meminfo'),
    'MemTotal: 900 kB\nMemAvailable:     100 kB\nSwapTotal: 70 kB\nSwapFree:  20 kB\n',
  );
  expect(memoryLeft(proc)).toBe(120 * 1024);
  expect(memoryLeft(join(proc, 'nowhere'))).toBe(undefined);
});

it('expects what a process has of its own, in swap and in huge pages, and what all share once', async () => {
  const proc = await folder();
  const status = (pid: number, shared: number, huge: number): void => {
    mkdirSync(join(proc, `${pid}`));
    const lines = ['Name:\tx', 'VmRSS:\t 999 kB', 'RssAnon:\t 10 kB', 'RssFile:\t 500 kB'];
    lines.push(`RssShmem:\t ${shared} kB`, 'VmSwap:\t 5 kB', `HugetlbPages:\t ${huge} kB`, '');
    writeFileSync(join(proc, `${pid}`, 'status'), lines.join('\n'));
  };
  status(1, 100, 2048);
  status(2, 300, 0);
  expect(readStatus(1, proc).get('HugetlbPages')).toBe(2048);
  expect(expectedMemory([1, 2], proc)).toBe((2 * 15 + 2048 + 300) * 1024);
});
