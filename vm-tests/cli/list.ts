import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vmSupport } from '../driver/index.js';
import { rootfsFolder } from '../setup/disk-image.js';
import { kernelFolder } from '../setup/kernel.js';
import { kernelList } from '../setup/kernel-list.js';
import { userlands } from '../setup/userland.js';

/** `list`: what there is, and what of it is in the cache. */
export async function listCommand(): Promise<number> {
  const support = await vmSupport();
  const lines = [
    support.ok ? 'Virtual machines can run here.' : `No virtual machines here: ${support.reason}`,
    '',
  ];
  for (const { series, suite } of kernelList.kernels) {
    lines.push(`kernel   ${series.padEnd(6)} ${suite.padEnd(17)} ${await kernelState(series)}`);
  }
  for (const suite of userlands.suites) {
    for (const kind of ['bare', 'systemd'] as const) {
      const cached = existsSync(rootfsFolder({ suite, kind }));
      lines.push(
        `userland ${suite.padEnd(9)} ${kind.padEnd(14)} ${cached ? 'in the cache' : 'not built yet'}`,
      );
    }
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

async function kernelState(series: string): Promise<string> {
  const facts = join(kernelFolder(series), 'facts.json');
  if (!existsSync(facts)) return 'not fetched yet';
  const { release } = JSON.parse(await readFile(facts, 'utf8')) as { release: string };
  return `in the cache: ${release}`;
}
