import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { readKexecState } from '../../host/kexec.js';
import type { Signer } from '../../image-format/bundle/signature.js';
import { chooseTrees } from '../frame/choose-trees.js';
import { examples } from '../frame/examples.js';
import { interruptible } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { orFrozen } from '../frame/or-frozen.js';
import { refuseExisting, writeArchive } from '../frame/out-file.js';
import { addPolicyOptions } from '../frame/policy-options.js';
import { requireRoot } from '../frame/privilege.js';
import { addThawPlace } from '../frame/thaw-place.js';
import { archivePath, duration } from '../frame/values.js';
import { openStore } from './freeze/open-store.js';
import type { FreezeOptions } from './freeze/options.js';
import { sayPlan, sayResult } from './freeze/say.js';
import { switchWarnings } from './freeze/switch-warnings.js';
import { Targets } from './freeze/targets.js';
import { freezeHeldBack, loadFreeze } from './freeze/undertaking.js';

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
    .option('--with-ties', 'grow the targets until nothing that could be frozen with them is left outside')
    .option('--leave-running', 'let the processes run on after the freeze (a copy for a rehearsal)')
    .addOption(
      new Option('--thaw-at-boot', 'have systemd thaw the bundle at the next boot').conflicts([
        'leaveRunning',
        'shellJob',
      ]),
    )
    .option('--out <file.ckpt>', 'also write the bundle as one file', archivePath('--out'))
    .addOption(
      new Option('--patience <time>', 'how long CRIU may do nothing at all before it is given up')
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
    criu: 'the one that freezes them, for a kernel that is named',
  });
  addPolicyOptions(command);
  examples(command, [
    ['ckpt freeze 4711', 'freeze process 4711 and its children'],
    ['ckpt freeze 4711 --name db', 'the same, into the bundle "db"'],
    ['ckpt freeze redis.service 4720 --name shop', 'a unit and a tree in one bundle, all or none'],
    ['ckpt freeze redis.service --thaw-at-boot', 'then: systemctl kexec, and nothing more'],
    ['ckpt freeze web.service --with-ties', 'and whatever it is connected to on this machine'],
    ['ckpt freeze 4711 --break unix:812-813', 'without its peer: the connection comes back closed'],
    ["ckpt freeze 4711 --file '/run/app/*=carry'", 'files that a reboot would take away travel along'],
    ['ckpt freeze 4711 --for-kernel 7.2', 'not if something of it cannot be on kernel 7.2'],
    ['ckpt freeze 4711 --leave-running', 'a rehearsal: the original runs on'],
    ['ckpt freeze 4711 --out /mnt/usb/db.ckpt', 'also as one file, to carry elsewhere'],
  ]);
}

async function freezeCommand(io: Io, given: readonly string[], options: FreezeOptions): Promise<void> {
  const { findCriu } = await import('../../host/criu/find.js');
  // CRIU is asked for its version while the rest is loaded and looked at; what stands against it is told in its turn.
  const criu = findCriu({ path: io.globals.criu, env: io.env });
  criu.catch(() => {});
  const targets = await orFrozen(
    io.globals.store,
    async () => new Targets(await chooseTrees(given, options, mustLook(options))),
  );
  await suitHeap(targets);
  const name = options.name ?? (await nameAfter(targets));
  if (options.out !== undefined) await refuseExisting(options.out);
  const sign = await signer(io);
  const store = resolve(io.globals.store);
  const { place, warnings: ofStore } = await openStore(store, name, targets.pids, options);
  const warnings = [...ofStore, ...switchWarnings(readKexecState(), options)];
  const loading = loadFreeze();
  const { break: breaks = [], unchecked = false } = options;
  const thaw = { kernel: options.forKernel, criu: options.forCriu };
  const decide = () => targets.decide({ criu, thaw, breaks, unchecked, warnings, emit: io.emit });
  if (options.dryRun) return sayPlan(io, { name, store }, await decide());
  await loading;
  await interruptible(async abort => {
    const result = await freezeHeldBack({ io, options, targets, name, store, criu, sign, decide, abort });
    const { out: file } = options;
    // A file of much memory takes long, and whoever waits for it shall know that the freeze is over.
    if (!io.globals.json) await sayResult(io, result, options, place);
    if (file !== undefined) await writeArchive(io, result, { store, file, abort });
    if (io.globals.json)
      io.json({ kind: 'freeze', ...result, ...(file === undefined ? {} : { archive: file }) });
    else if (file !== undefined) io.out(`wrote ${file}`);
  });
}

/** What is broken, and whose files are meant, can only be told from what is seen. */
function mustLook({ unchecked, break: breaks = [], file, policy }: FreezeOptions): boolean {
  return !unchecked || breaks.length > 0 || file !== undefined || policy !== undefined;
}

async function suitHeap({ pids }: Targets): Promise<void> {
  const { suitYoungSpace } = await import('../../host/heap.js');
  suitYoungSpace(pids.length);
}

/**
 * The command and PID of the first process, as far as a bundle can be called so; without a colon (`tmux: server`), before which
 * scp and rsync look for the name of a machine.
 */
async function nameAfter({ trees: [first] }: Targets): Promise<string> {
  const { toBundleName } = await import('../../image-format/bundle/layout.js');
  return toBundleName(`${first?.root.name.replaceAll(':', '') ?? 'tree'}-${first?.root.pid ?? 0}`);
}

/** A key that cannot be used is told of before anything is stopped; without one, nothing about keys is loaded. */
async function signer({ env }: Io): Promise<Signer> {
  if (!env.CKPT_SIGN_KEY) return manifest => manifest;
  const { signerWith } = await import('../../image-format/bundle/signature.js');
  return signerWith(env.CKPT_SIGN_KEY);
}
