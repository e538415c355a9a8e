import type { Command } from 'commander';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';

/** `ckpt doctor`: what works on this machine, what does not, and what to install. */
export function register(program: Command, io: Io): void {
  const command = program.command('doctor').action(async () => {
    const { findCriu } = await import('../../host/criu/find.js');
    const criu = await findCriu({ path: io.globals.criu, env: io.env });
    if (io.globals.json) io.json({ kind: 'doctor', criu });
    else io.out(`CRIU ${criu.version} (${criu.path})`);
  });
  examples(command, [
    ['ckpt doctor', 'look at kernel, CRIU, privileges, modules, tools'],
    ['ckpt doctor --json', 'the same for a program'],
    ['ckpt --criu /opt/criu/criu doctor', 'look at another CRIU'],
  ]);
}
