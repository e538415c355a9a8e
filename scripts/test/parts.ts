import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A run of vitest that is independent of all others. */
export interface Part {
  readonly project: 'host' | 'vm';
  /** The only file to run; all of the project where there is none. */
  readonly file?: string;
}

/** The scenarios that take minutes, longest first: what is started last should be short, so that no lane waits long. */
const LONG = [
  'kernel-switch-newer',
  'kernel-switch-back',
  'criu-matrix',
  'byte-identity',
  'systemd-units',
  'vagrant',
  'rollback',
  'clumps',
  'driver',
  'kernel-chain',
];

/**
 * The host tests, which share this machine's processes and are one part, and each file of machine scenarios, in the order
 * in which they are best started.
 */
export async function partsOf(root: string, wanted: (project: string) => boolean): Promise<readonly Part[]> {
  const scenarios = join('vm-tests', 'scenarios');
  const names = (await readdir(join(root, scenarios))).filter(name => name.endsWith('.test.ts')).sort();
  const rank = (name: string): number => {
    const at = LONG.findIndex(long => name.startsWith(long));
    return at < 0 ? LONG.length : at;
  };
  const machines = names.sort((a, b) => rank(a) - rank(b)).map(name => join(scenarios, name));
  const host: Part[] = wanted('host') ? [{ project: 'host' }] : [];
  return [...host, ...(wanted('vm') ? machines.map((file): Part => ({ project: 'vm', file })) : [])];
}
