import { release } from 'node:os';
import { type Command, Option } from 'commander';
import { since } from '../../elapsed.js';
import { CkptError, fail } from '../../errors.js';
import { readKernels } from '../../host/kernels.js';
import { readKexecState } from '../../host/kexec.js';
import { examples } from '../frame/examples.js';
import { interruptible } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { addPolicyOptions } from '../frame/policy-options.js';
import { requireRoot } from '../frame/privilege.js';
import { duration } from '../frame/values.js';
import { freezeText } from '../render/freeze-text.js';
import { withStore } from '../render/with-store.js';
import type { FreezeOptions } from './freeze/options.js';
import { runFreeze } from './freeze/run-freeze.js';
import { sayPlan } from './freeze/say.js';
import { chooseKernel } from './switch/choose-kernel.js';
import { LoadedKernel } from './switch/loaded-kernel.js';
import { refuseLoss } from './switch/refuse-loss.js';
import { start } from './switch/start.js';
import { requireWay } from './switch/way.js';

interface SwitchOptions extends FreezeOptions {
  readonly to?: string;
}

/** `ckpt switch`: freezes, starts another kernel, and has its boot thaw. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('switch')
    .description(
      'Switch to another installed kernel, and keep these processes: load it, freeze them, start it by kexec; its boot thaws them.',
    )
    .argument(
      '<target...>',
      'PIDs, systemd units or program names; each process comes along with all its descendants',
    )
    .option(
      '--to <release>',
      'the kernel to switch to, as in /boot (else: the newest that is newer than the running one)',
    )
    .option('--name <name>', 'name of the bundle (else the command and PID of the first process)')
    .option(
      '--with-ties',
      'also freeze what the targets are tied to, and what that is tied to, as far as it can be frozen',
    )
    .addOption(
      new Option('--patience <time>', 'give CRIU up when it has done nothing at all for this long')
        .argParser(duration('--patience'))
        .default(60_000, '60s'),
    )
    .option('--dry-run', 'say what would happen and what would be lost, and touch nothing');
  command.action(async (targets: string[], options: SwitchOptions) => {
    requireRoot();
    const work = (abort: AbortSignal): Promise<void> => switchCommand(io, targets, options, abort);
    // A kernel that was loaded for nothing is to be unloaded, whatever ends this. A dry run loads none, and ends at once.
    await (options.dryRun ? work(new AbortController().signal) : interruptible(work));
  });
  addPolicyOptions(command);
  examples(command, [
    ['ckpt switch redis.service --dry-run', 'will it work? what would be lost?'],
    ['ckpt switch redis.service', 'do it: the boot of the newest kernel thaws redis'],
    ['ckpt switch redis.service 4720', 'a unit and a tree, all or none'],
    ['ckpt switch redis.service --to 6.12.94+deb13-amd64', 'this kernel, which may be an older one'],
  ]);
}

async function switchCommand(
  io: Io,
  given: readonly string[],
  options: SwitchOptions,
  abort: AbortSignal,
): Promise<void> {
  const { hasSystemd } = await import('../../host/systemd/scope.js');
  if (!hasSystemd()) throw fail('switch-without-systemd');
  const began = performance.now();
  const stage = (name: string): void =>
    io.emit({ type: 'stage', operation: 'switch', stage: name, at: since(began) });
  const warn = (message: string): void => io.emit({ type: 'warning', operation: 'switch', message });
  const kernel = chooseKernel(release(), readKernels(), options.to);
  const way = requireWay(readKexecState(), io.env.PATH);
  const loaded = new LoadedKernel(kernel, way);
  const freezing = { ...options, thawAtBoot: true, forKernel: kernel.version };
  try {
    await runFreeze(io, given, freezing, {
      before: async (targets, where) => {
        await refuseLoss(io, targets, where, options.tcp !== 'close');
        if (options.dryRun) return;
        if (way.waits) warn(`another kernel was loaded before: Linux ${kernel.release} takes its place`);
        stage(`loading Linux ${kernel.release}`);
        await loaded.load();
        if (abort.aborted) throw fail('interrupted', { what: 'the switch', signal: String(abort.reason) });
      },
      planned: (where, decision) => sayPlan(io, where, decision, kernel.release),
      frozen: async (result, where) => {
        const text = freezeText(result, {}, [], { to: kernel.release });
        if (!io.globals.json) io.out(withStore(text, io.globals.elsewhere));
        stage('having systemd start it');
        await start(io, kernel, { ...where, patience: options.patience }, abort);
        if (io.globals.json) io.json({ kind: 'switch', ...result, kernel: kernel.release });
      },
    });
  } catch (error) {
    // What waits frozen may still go that way.
    if (!(error instanceof CkptError && error.code === 'switch-left-frozen')) await loaded.takeBack();
    throw error;
  }
}
