import { reportToStderr } from '../../scripts/setup/progress.js';
import { vmSupport } from '../driver/index.js';
import { ensureVmHost } from '../setup/host.js';

/** `setup`: installs what is missing, then says whether virtual machines can run here. */
export async function setupCommand(): Promise<number> {
  await ensureVmHost(reportToStderr);
  const support = await vmSupport();
  process.stdout.write(support.ok ? 'Virtual machines can run here.\n' : `${support.reason}\n`);
  return support.ok ? 0 : 1;
}
