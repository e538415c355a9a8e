import { type Command, Option } from 'commander';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { writeArchive } from '../frame/out-file.js';
import { addPolicyOptions, addShellJob } from '../frame/policy-options.js';
import { requireRoot } from '../frame/privilege.js';
import { addThawPlace } from '../frame/thaw-place.js';
import { archivePath, duration } from '../frame/values.js';
import type { FreezeOptions } from './freeze/options.js';
import { runFreeze } from './freeze/run-freeze.js';
import { sayPlan, sayResult } from './freeze/say.js';

/** `ckpt freeze`: process trees into a bundle, all or none. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('freeze')
    .description(
      'Freeze process trees into one bundle. Either it is complete on the disk, or everything runs on.',
    )
    .argument(
      '<target...>',
      'PIDs, systemd units or program names; each process is frozen with all its descendants',
    )
    .option('--name <name>', 'name of the bundle (else the command and PID of the first process)')
    .option(
      '--with-ties',
      'also freeze what the targets are tied to, and what that is tied to, as far as it can be frozen',
    )
    .option('--leave-running', 'let the processes run on after the freeze (a copy for a rehearsal)')
    .addOption(
      new Option('--thaw-at-boot', 'have systemd thaw the bundle at the next boot').conflicts([
        'leaveRunning',
        'shellJob',
      ]),
    )
    .option('--out <file.ckpt>', 'also write the bundle as one file', archivePath('--out'))
    .addOption(
      new Option('--patience <time>', 'give CRIU up when it has done nothing at all for this long')
        .argParser(duration('--patience'))
        .default(60_000, '60s'),
    )
    .option(
      '--unchecked',
      'do not look first at what ties the processes to others: leave it to CRIU to refuse',
    )
    .option('--dry-run', 'say what would be frozen and what would be lost, and stop nothing')
    .action(async (targets: string[], options: FreezeOptions) => {
      requireRoot();
      await freezeCommand(io, targets, options);
    });
  addThawPlace(command, {
    kernel: 'not known yet',
    criu: 'the one that freezes them, where --for-kernel is given',
  });
  addPolicyOptions(command);
  addShellJob(command);
  examples(command, [
    ['ckpt freeze 4711', 'freeze process 4711 and its children'],
    ['ckpt freeze 4711 --name db', 'the same, into the bundle "db"'],
    ['ckpt freeze redis.service 4720 --name shop', 'a unit and a tree in one bundle, all or none'],
    ['ckpt freeze redis.service --thaw-at-boot', 'then: systemctl kexec, and nothing more'],
    ['ckpt freeze web.service --with-ties', 'and whatever it is connected to on this machine'],
    ['ckpt freeze 4711 --break unix:812-813', 'without its peer: the connection comes back closed'],
    ["ckpt freeze 4711 --file '/run/app/*=carry'", 'files that a reboot would take away travel along'],
    ['ckpt freeze 4711 --for-kernel 7.2', 'refuse it if kernel 7.2 cannot have something of it'],
    ['ckpt freeze 4711 --leave-running', 'a rehearsal: the original runs on'],
    ['ckpt freeze 4711 --out /mnt/usb/db.ckpt', 'also as one file, to carry elsewhere'],
  ]);
}

async function freezeCommand(io: Io, given: readonly string[], options: FreezeOptions): Promise<void> {
  await runFreeze(io, given, options, {
    planned: (where, decision) => sayPlan(io, where, decision),
    frozen: async (result, { store, place }, abort) => {
      const { out: file } = options;
      // A file of much memory takes long, and whoever waits for it shall know that the freeze is over.
      if (!io.globals.json) await sayResult(io, result, options, place);
      if (file !== undefined) await writeArchive(io, result, { store, file, abort });
      if (io.globals.json)
        io.json({ kind: 'freeze', ...result, ...(file === undefined ? {} : { archive: file }) });
      else if (file !== undefined) io.out(`wrote ${file}`);
    },
  });
}
