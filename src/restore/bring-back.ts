import { link } from 'node:fs/promises';
import type { FrozenConnection } from '../connection.js';
import { messageOf } from '../errors.js';
import { bindThreads } from '../host/bind-threads.js';
import { trackMidway } from '../host/conntrack.js';
import { setSocketOptions } from '../host/sockets/index.js';
import { hasGuard } from '../image-format/bundle/manifest.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';
import { currentState } from '../image-format/bundle/state.js';
import { unlessAborted } from '../image-format/bundle/watch.js';
import { letPacketsIn, raiseGuard, raiseGuardsAgain } from './guard.js';
import { removeLocks, removesLocksItself } from './network-locks.js';
import { noteState } from './note-state.js';
import { nameSockets } from './put-back/name-sockets.js';
import {
  type Rebuilt,
  type Restore,
  refuseEnded,
  startRestores,
  undoRestores,
  untilRebuilt,
} from './rebuild.js';
import type { ThawRequest } from './request.js';
import { scopeSettings, scopesFor } from './scopes.js';
import type { Unfolded } from './unfold.js';

/** A thaw, with all that was found out for it. */
export interface Thawing {
  readonly request: ThawRequest;
  readonly unfolded: Unfolded;
  /** The connections that are kept, of which the kernel must say nothing before they are there again. */
  readonly guarded: readonly FrozenConnection[];
  /** Says what is done now. */
  readonly stage: (name: string) => void;
  /** Resolves when the digests of the pages agree. */
  readonly verified: Promise<void>;
}

/** Trees that are rebuilt and allowed to run: their CRIUs see it as soon as they look. */
export interface Standing {
  readonly rebuilt: readonly Rebuilt[];
  /** The scopes of systemd that they are in. */
  readonly scopes: readonly string[];
  /** The bundle, marked. */
  readonly bundle: Bundle;
  /** Has the machine's firewall take unknown connections as before. To be called when all run. */
  readonly trackAsBefore: () => Promise<void>;
  /** When the first CRIU was started, as performance.now() counts. */
  readonly began: number;
}

/** From the start of the CRIUs to the moment from which on all run, whatever happens. When it throws, nothing of it is left. */
export async function bringBack(thawing: Thawing): Promise<Standing> {
  const { request, unfolded, guarded } = thawing;
  const began = performance.now();
  const restores: Restore[] = [];
  let marked: Bundle | undefined;
  let trackAsBefore = async (): Promise<void> => {};
  let unguarded = false;
  try {
    const { rebuilt, scopes } = await rebuildAll(thawing, restores);
    marked = await noteState(request.bundle, 'thawing', unfolded.work);
    // From here on packets reach the rebuilt sockets; before, nobody was there to answer. A guard from boot goes even where
    // the connections are given up.
    unguarded = true;
    if (guarded.length > 0) trackAsBefore = await trackMidway();
    if (hasGuard(request.bundle.manifest) || guarded.length > 0) await letPacketsIn(request);
    await unlock(thawing);
    await refuseEnded(request, restores);
    await link(unfolded.proof, unfolded.goal);
    return { rebuilt, scopes, bundle: marked, trackAsBefore, began };
  } catch (error) {
    // Why it is undone is what there is to say, so nothing else that fails is. The guard first: a packet for a socket that is
    // gone is answered with a reset.
    if (unguarded && guarded.length > 0) await raiseGuard(request.bundle, guarded).catch(() => {});
    await undoRestores(restores, unfolded.work, request.patience).catch((left: unknown) => {
      const message = `something that was half rebuilt is still there: ${messageOf(left)}`;
      request.emit({ type: 'warning', operation: 'thaw', message });
    });
    await trackAsBefore();
    const { state } = currentState(request.bundle.state);
    if (marked !== undefined) await noteState(marked, state, unfolded.work).catch(() => {});
    if (unguarded && guarded.length > 0) await raiseGuardsAgain(request.store);
    throw error;
  }
}

/** Everything that is not in CRIU's hands is done while its processes wait: what a scope of systemd binds them to comes first. */
async function rebuildAll(
  { request, unfolded, verified, stage }: Thawing,
  restores: Restore[],
): Promise<Pick<Standing, 'rebuilt' | 'scopes'>> {
  await startRestores(request, unfolded, restores);
  const [rebuilt, , settings] = await Promise.all([
    untilRebuilt(request, restores),
    unlessAborted(verified, request.abort).then(() => stage('waiting for CRIU to rebuild the processes')),
    scopeSettings(request),
  ]);
  const scopes = await scopesFor(request, rebuilt, settings);
  await bindAll(request, restores);
  await nameAllSockets(request, restores);
  await setAllOptions(request, restores);
  request.abort.throwIfAborted();
  await refuseEnded(request, restores);
  return { rebuilt, scopes };
}

async function bindAll({ emit }: ThawRequest, restores: readonly Restore[]): Promise<void> {
  const groups = restores.flatMap(({ tree }) => tree.policy.processors ?? []);
  for (const problem of await bindThreads(groups)) {
    const message = `threads could not be bound to the processors that they had: ${problem}`;
    emit({ type: 'warning', operation: 'thaw', message });
  }
}

async function nameAllSockets({ emit }: ThawRequest, restores: readonly Restore[]): Promise<void> {
  for (const problem of await nameSockets(restores.flatMap(({ tree }) => tree.policy.socketNames ?? [])))
    emit({ type: 'warning', operation: 'thaw', message: `a socket did not get its name back: ${problem}` });
}

/** What another release of CRIU made to keep the connections silent, the one at hand leaves where it is. */
async function unlock({ request: { bundle, criu, emit }, unfolded }: Thawing): Promise<void> {
  if (removesLocksItself(bundle, criu)) return;
  const problem = await removeLocks(
    bundle,
    unfolded.trees.filter(tree => tree.sockets),
  );
  if (problem === undefined) return;
  const message = `rules of CRIU still drop packets of its connections (${problem}); nft list tables shows them (CRIU-…), nft delete table takes them away`;
  emit({ type: 'warning', operation: 'thaw', message });
}

async function setAllOptions({ emit }: ThawRequest, restores: readonly Restore[]): Promise<void> {
  const sockets = restores.flatMap(({ tree }) => tree.policy.socketOptions ?? []);
  for (const problem of await setSocketOptions(sockets))
    emit({
      type: 'warning',
      operation: 'thaw',
      message: `an option of a socket could not be set again: ${problem}`,
    });
}
