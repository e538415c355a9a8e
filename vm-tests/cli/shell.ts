import { reportToStderr } from '../../scripts/setup/progress.js';
import { Machine } from '../driver/index.js';
import { ensureVmHost } from '../setup/host.js';
import { parseMachine } from './parse.js';

/** `shell`: a machine whose second serial line is this terminal, until the person ends it. */
export async function shellCommand(args: readonly string[]): Promise<number> {
  const { options } = parseMachine(args);
  await ensureVmHost(reportToStderr);
  const { stdin } = process;
  const machine = await Machine.boot({ ...options, terminal: true });
  try {
    for (const port of options.forwards ?? []) {
      process.stderr.write(`127.0.0.1:${machine.port(port)} leads to the guest's port ${port}\r\n`);
    }
    process.stderr.write(`${machine.kernelRelease}; "poweroff -f" ends the machine\r\n`);
    await machine.ended();
    return 0;
  } finally {
    await machine.stop();
    // QEMU sets the terminal to raw and is killed before it could set it back.
    if (stdin.isTTY) {
      stdin.setRawMode(true);
      stdin.setRawMode(false);
    }
  }
}
