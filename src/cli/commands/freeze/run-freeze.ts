import { resolve } from 'node:path';
import type { HeldServices } from '../../../checkpoint/hold-back.js';
import type { FreezeResult } from '../../../checkpoint/request.js';
import { fail } from '../../../errors.js';
import { readKexecState } from '../../../host/kexec.js';
import type { StoreFacts } from '../../../host/store-facts.js';
import type { Signer } from '../../../image-format/bundle/signature.js';
import { chooseTrees } from '../../frame/choose-trees.js';
import { interruptible } from '../../frame/interrupt.js';
import type { Io } from '../../frame/io.js';
import { orFrozen } from '../../frame/or-frozen.js';
import { refuseExisting } from '../../frame/out-file.js';
import { openStore } from './open-store.js';
import type { FreezeOptions } from './options.js';
import { switchWarnings } from './switch-warnings.js';
import { type Decision, Targets } from './targets.js';
import { freezeHeldBack, loadFreeze } from './undertaking.js';

/** Where a bundle is made. */
export interface BundlePlace {
  readonly name: string;
  /** Absolute. */
  readonly store: string;
  readonly place: StoreFacts;
}

/** What a command that freezes does of its own. */
export interface Around {
  /** When it is known what is to be frozen and where, before it is looked at; in a dry run, too. */
  readonly before?: (targets: Targets, where: BundlePlace) => Promise<void>;
  /** In a dry run, in which nothing else happens. */
  readonly planned: (where: BundlePlace, decision: Decision) => void;
  /** When it is frozen. */
  readonly frozen: (
    result: FreezeResult & HeldServices,
    where: BundlePlace,
    abort: AbortSignal,
  ) => Promise<void>;
}

/** Freezes what was given, or says what would be; throws what stands against it, and everything runs on. */
export async function runFreeze(
  io: Io,
  given: readonly string[],
  options: FreezeOptions,
  around: Around,
): Promise<void> {
  const { findCriu } = await import('../../../host/criu/find.js');
  // CRIU is asked for its version while the rest is loaded and looked at; what stands against it is told in its turn.
  const criu = findCriu({ path: io.globals.criu, env: io.env });
  criu.catch(() => {});
  const targets = await orFrozen(
    io.globals.store,
    async () => new Targets(await chooseTrees(given, options, mustLook(options))),
  );
  refuseTerminalAtBoot(targets, options);
  await suitHeap(targets);
  const name = options.name ?? (await nameAfter(targets));
  if (options.out !== undefined) await refuseExisting(options.out);
  const sign = await signer(io);
  const store = resolve(io.globals.store);
  const { place, warnings: ofStore } = await openStore(store, name, targets.pids, options);
  const where = { name, store, place };
  await around.before?.(targets, where);
  const warnings = [...ofStore, ...switchWarnings(readKexecState(), options)];
  const loading = loadFreeze();
  const { break: breaks = [], unchecked = false } = options;
  const thaw = { kernel: options.forKernel, criu: options.forCriu };
  const decide = () => targets.decide({ criu, thaw, breaks, unchecked, warnings, emit: io.emit });
  if (options.dryRun) return around.planned(where, await decide());
  await loading;
  await interruptible(async abort => {
    const result = await freezeHeldBack({ io, options, targets, name, store, criu, sign, decide, abort });
    await around.frozen(result, where, abort);
  });
}

/** As `--shell-job` is refused together with `--thaw-at-boot`, which may stand in a policy file, too. */
function refuseTerminalAtBoot({ intended }: Targets, { thawAtBoot, policy }: FreezeOptions): void {
  const job = thawAtBoot ? intended.find(({ options }) => options.shellJob) : undefined;
  if (job === undefined) return;
  const detail = `${policy} has "shellJob" for ${job.root.name} (PID ${job.root.pid}), and a boot that thaws it has no terminal`;
  throw fail('conflicting-options', { detail });
}

/** What is broken, and whose files are meant, can only be told from what is seen. */
function mustLook({ unchecked, break: breaks = [], file, policy }: FreezeOptions): boolean {
  return !unchecked || breaks.length > 0 || file !== undefined || policy !== undefined;
}

async function suitHeap({ pids }: Targets): Promise<void> {
  const { suitYoungSpace } = await import('../../../host/heap.js');
  suitYoungSpace(pids.length);
}

/**
 * The command and PID of the first process, as far as a bundle can be called so; without a colon (`tmux: server`), before which
 * scp and rsync look for the name of a machine.
 */
async function nameAfter({ trees: [first] }: Targets): Promise<string> {
  const { toBundleName } = await import('../../../image-format/bundle/layout.js');
  return toBundleName(`${first?.root.name.replaceAll(':', '') ?? 'tree'}-${first?.root.pid ?? 0}`);
}

/** A key that cannot be used is told of before anything is stopped; without one, nothing about keys is loaded. */
async function signer({ env }: Io): Promise<Signer> {
  if (!env.CKPT_SIGN_KEY) return manifest => manifest;
  const { signerWith } = await import('../../../image-format/bundle/signature.js');
  return signerWith(env.CKPT_SIGN_KEY);
}
