import { reportToStderr } from '../../scripts/setup/progress.js';
import { rootfsImage } from '../setup/disk-image.js';
import { ensureVmHost } from '../setup/host.js';
import { ensureKernel } from '../setup/kernel.js';
import { kernelList } from '../setup/kernel-list.js';
import { userlands } from '../setup/userland.js';
import { VmUsageError } from './parse.js';

/** `build`: brings kernels and userlands into the cache, one kernel and one userland at a time. */
export async function buildCommand(args: readonly string[]): Promise<number> {
  const kernels = kernelList.kernels.map(row => row.series);
  const guests = userlands.suites.flatMap(suite => [`${suite}/bare`, `${suite}/systemd`]);
  const unknown = args.filter(arg => !kernels.includes(arg) && !guests.includes(arg));
  if (unknown.length > 0) {
    throw new VmUsageError(
      `nothing is called ${unknown.join(', ')}; there are ${[...kernels, ...guests].join(', ')}`,
    );
  }
  const wanted = args.length > 0 ? args : [...kernels, ...guests];
  await ensureVmHost(reportToStderr);
  const failures: string[] = [];
  const oneAfterTheOther = async (names: readonly string[], build: (name: string) => Promise<unknown>) => {
    for (const name of names) {
      await build(name).catch(error =>
        failures.push(`${name}: ${error instanceof Error ? error.message : error}`),
      );
    }
  };
  await Promise.all([
    oneAfterTheOther(
      wanted.filter(name => kernels.includes(name)),
      series => ensureKernel(series, reportToStderr),
    ),
    oneAfterTheOther(
      wanted.filter(name => guests.includes(name)),
      async name => {
        const [suite = '', kind] = name.split('/');
        await rootfsImage({ suite, kind: kind === 'systemd' ? 'systemd' : 'bare' }, reportToStderr);
      },
    ),
  ]);
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  return failures.length === 0 ? 0 : 1;
}
