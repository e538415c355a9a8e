import { constants } from 'node:os';
import { reportToStderr } from '../../scripts/setup/progress.js';
import { Machine } from '../driver/index.js';
import { ensureVmHost } from '../setup/host.js';
import { parseMachine, VmUsageError } from './parse.js';

/** `run`: boots, runs one command, passes its output on, ends with its status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = parseMachine(args);
  if (rest.length === 0) throw new VmUsageError('say what to run after --');
  await ensureVmHost(reportToStderr);
  const machine = await Machine.boot(options);
  try {
    const result = await machine.run(rest, {
      limit: 24 * 3600,
      onOutput: (stream, data) => void process[stream].write(data),
    });
    return result.status ?? 128 + (result.signal ?? constants.signals.SIGKILL);
  } finally {
    await machine.stop();
  }
}
