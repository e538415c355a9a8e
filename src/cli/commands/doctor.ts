import type { Command } from 'commander';
import { Exit } from '../../errors/failure.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';

/** `ckpt doctor`: exit status 0 where a freeze is possible, 7 where it is not. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('doctor')
    .description(
      'Look at the kernel, CRIU, privileges, kernel modules, programs and the store, and say what works here, ' +
        'what does not, and what to install. Nothing is changed. Exit status 0: processes can be frozen here; 7: not.',
    )
    .action(async () => {
      const [{ examine }, { doctorText }, { withStore }] = await Promise.all([
        import('../../host/doctor/examine.js'),
        import('../render/doctor.js'),
        import('../render/with-store.js'),
      ]);
      const { store, criu, json, elsewhere } = io.globals;
      const examination = await examine({ store, criu, env: io.env });
      if (json) io.json({ kind: 'doctor', ...examination, criu: examination.criu ?? null });
      else io.out(withStore(doctorText(examination, io.style), elsewhere));
      if (!examination.canFreeze) io.setStatus(Exit.missing);
    });
  examples(command, [
    ['ckpt doctor', 'what works on this machine, and what to install'],
    ['ckpt doctor --json', 'the same for a program'],
    ['ckpt doctor --criu /opt/criu/criu', 'with another CRIU'],
  ]);
}
