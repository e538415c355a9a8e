import type { HeldServices } from '../../../checkpoint/hold-back.js';
import type { FreezeResult } from '../../../checkpoint/request.js';
import type { Criu } from '../../../host/criu/find.js';
import type { Signer } from '../../../image-format/bundle/signature.js';
import { bootThaw } from '../../frame/boot-thaw.js';
import type { Io } from '../../frame/io.js';
import type { FreezeOptions } from './options.js';
import type { Decision, Targets } from './targets.js';

/** A freeze, with all that was found out for it. */
export interface Undertaking {
  readonly io: Io;
  readonly options: FreezeOptions;
  readonly targets: Targets;
  /** Of the bundle. */
  readonly name: string;
  /** An existing store, absolute. */
  readonly store: string;
  /** A CRIU to come. */
  readonly criu: Promise<Criu>;
  readonly sign: Signer;
  readonly decide: () => Promise<Decision>;
  readonly abort: AbortSignal;
}

/** What is needed once the targets are known; to be loaded while they are looked at. */
export async function loadFreeze(): Promise<void> {
  await Promise.all([
    import('../../../checkpoint/freeze.js'),
    import('../../../checkpoint/plan/plan.js'),
    import('../../../checkpoint/dump/prepare-freeze.js'),
  ]);
}

/** Freezes while systemd is kept from starting the services again; what runs on needs no holding back. */
export async function freezeHeldBack(undertaking: Undertaking): Promise<FreezeResult & HeldServices> {
  const { io, options, targets, name, store } = undertaking;
  const { NOTHING_HELD, whileHeldBack } = await import('../../../checkpoint/hold-back.js');
  if (options.leaveRunning) return { ...(await freezeThem(undertaking)), ...NOTHING_HELD };
  const thawAtBoot = options.thawAtBoot ? await bootThaw(io, name, store, options.patience) : undefined;
  const { unchecked = false } = options;
  const holding = { roots: targets.roots, name, store, thawAtBoot, unchecked, emit: io.emit };
  return whileHeldBack(holding, took => {
    if (took) targets.listAgain();
    return freezeThem(undertaking);
  });
}

async function freezeThem(undertaking: Undertaking): Promise<FreezeResult> {
  const { io, options, targets, name, store, criu, sign, decide, abort } = undertaking;
  const [{ freeze }, { abandonFreeze, prepareFreeze }] = await Promise.all([
    import('../../../checkpoint/freeze.js'),
    import('../../../checkpoint/dump/prepare-freeze.js'),
  ]);
  const { leaveRunning = false, patience } = options;
  const how = { name, store, leaveRunning, verbose: io.globals.verbose };
  // Before the look, so that CRIU starts beside that, and taken back when that says no.
  const prepared = await prepareFreeze({ ...how, trees: targets.intended, criu, looked: targets.looks });
  const decision = await decide().catch(async (error: unknown) => {
    await abandonFreeze(prepared);
    throw error;
  });
  const { trees, criu: found } = decision;
  return freeze({ ...how, trees, criu: found, patience, prepared, sign, abort, emit: io.emit });
}
