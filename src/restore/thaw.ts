import { link } from 'node:fs/promises';
import { type CkptError, fail, messageOf } from '../errors.js';
import type { Emit } from '../events.js';
import { bindThreads } from '../host/bind-threads.js';
import { callPeers } from '../host/call-peers.js';
import { trackMidway } from '../host/conntrack.js';
import type { TcpPolicy } from '../host/criu/arguments.js';
import type { Criu } from '../host/criu/find.js';
import { endOrStall } from '../host/criu/stall.js';
import { unitsHeldFor } from '../host/held-back.js';
import { systemIdentity } from '../host/system.js';
import { hasGuard } from '../image-format/bundle/manifest.js';
import { memberPaths } from '../image-format/bundle/member-path.js';
import { type Bundle, recordState, removeFrozenMark } from '../image-format/bundle/open-bundle.js';
import { currentState, type StateEntry } from '../image-format/bundle/state.js';
import { verifyDigests, verifyLayout } from '../image-format/bundle/verify.js';
import { unlessAborted } from '../image-format/bundle/watch.js';
import { awaitAddresses } from './await-addresses.js';
import { claim, usedFailure } from './claim.js';
import { letPacketsIn, raiseGuard } from './guard.js';
import { ensureLocksFree } from './locks-in-the-way.js';
import { nameSockets } from './name-sockets.js';
import { newerFilesWarning, refuseBrokenLocks } from './newer-files.js';
import { ensureNumbersFree, missingProcess } from './preflight.js';
import { putBackFiles } from './put-back-files.js';
import {
  keptLog,
  type Rebuilt,
  type Restore,
  refuseEnded,
  restoreFailure,
  startRestores,
  tcpOf,
  undoRestores,
  untilRebuilt,
} from './rebuild.js';
import { remakeFifos } from './remake-fifos.js';
import { remakeFolders } from './remake-folders.js';
import { remakePlaces } from './remake-places.js';
import { isFreeToGo, scopeSettings, scopesFor } from './scopes.js';
import { ensurePathsFree } from './sockets-in-the-way.js';
import type { Unfolded } from './unfold.js';

export interface ThawRequest {
  readonly bundle: Bundle;
  readonly store: string;
  readonly criu: Criu;
  /** Thaw a bundle that was thawed before. */
  readonly again: boolean;
  /** Instead of what the freeze chose. */
  readonly tcp?: TcpPolicy;
  readonly shellJob?: boolean;
  /** Checks everything that can be checked, and starts nothing. */
  readonly dryRun: boolean;
  readonly verbose: boolean;
  /** How long CRIU may do nothing at all before it is given up, ms. */
  readonly patience: number;
  /** Undoes the thaw as long as nothing has run on. */
  readonly abort: AbortSignal;
  readonly emit: Emit;
}

export interface ThawResult {
  readonly name: string;
  readonly trees: readonly { readonly root: number; readonly command: string; readonly processes: number }[];
  readonly connections: number;
  /** What the target cannot take over, in the report's words. */
  readonly losses: Unfolded['losses'];
  /** The scopes of systemd that the trees run in now, where systemd runs the machine. */
  readonly scopes: readonly string[];
  /** Units that systemd does not start as long as these scopes are there. */
  readonly heldBack: readonly string[];
  /** Milliseconds from the start of the first CRIU until the processes were told to run on. */
  readonly restoring: number;
  readonly total: number;
}

/**
 * Thaws a bundle. The images are made anew for the CRIU and kernel at hand; each tree's CRIU rebuilds it and waits in
 * its post-restore hook, where nothing has run yet. Only when all wait, every digest agrees and every process is
 * there, they are told to run on; otherwise CRIU takes down what it built. The bundle itself is only read.
 */
export async function thaw(request: ThawRequest): Promise<ThawResult> {
  const began = performance.now();
  const stage = (name: string): void =>
    request.emit({ type: 'stage', operation: 'thaw', stage: name, at: performance.now() - began });
  const { bundle } = request;
  const used = request.again ? undefined : usedFailure(bundle);
  if (used !== undefined) throw used;
  let running = false;
  stage('reading the bundle');
  await verifyLayout(bundle);
  // The pages are digested from here on, beside everything else; who needs to know waits before anything runs on.
  const verifying = verifyPages(bundle);
  verifying.catch(() => {});
  // Loaded only now, beside the digests: the schemas take a while to make.
  const { unfold } = await import('./unfold.js');
  const unfolded = await unfold(request.bundle, request.store, request.criu);
  let trackAsBefore = async (): Promise<void> => {};
  try {
    if (!request.dryRun) await claim(request, unfolded.place);
    heedNewerFiles(request, unfolded);
    await ensureNumbersFree(unfolded.trees.flatMap(tree => (tree.apart ? [] : tree.ids)));
    await ensurePathsFree(unfolded.trees.flatMap(tree => tree.socketPaths));
    await ensureLocksFree(unfolded.trees.flatMap(tree => tree.locks));
    request.abort.throwIfAborted();
    const guarded = unfolded.trees.flatMap(tree =>
      tcpOf(request, tree) === 'established' ? tree.connections : [],
    );
    const outcome = async (restoring: number, scopes: readonly string[]): Promise<ThawResult> => ({
      name: bundle.name,
      trees: bundle.manifest.trees,
      connections: guarded.length,
      losses: unfolded.losses,
      scopes,
      heldBack: await unitsHeldFor({ scopes }),
      restoring,
      total: performance.now() - began,
    });
    if (request.dryRun) {
      await unlessAborted(verifying, request.abort);
      return outcome(0, []);
    }
    await awaitAddresses(
      unfolded.trees.flatMap(tree => tree.addresses),
      request.abort,
      request.emit,
    );
    if (guarded.length > 0) await raiseGuard(bundle, guarded);
    await remakeFolders(unfolded.trees.flatMap(tree => tree.policy.folders ?? []));
    await remakeFifos(unfolded.trees.flatMap(tree => tree.policy.fifos ?? []));
    const files = unfolded.trees.flatMap(tree => tree.policy.files ?? []);
    if (files.length > 0) await putBackFiles(files, memberPaths(bundle));
    await remakePlaces(unfolded.trees.flatMap(tree => tree.policy.mounts?.places ?? []));
    stage('rebuilding the processes');
    const started = performance.now();
    const restores: Restore[] = [];
    let rebuilt: readonly Rebuilt[] = [];
    let marked = bundle;
    let unguarded = false;
    let scopes: readonly string[] = [];
    try {
      await startRestores(request, unfolded, restores);
      const [held, , settings] = await Promise.all([
        untilRebuilt(request, restores),
        unlessAborted(verifying, request.abort),
        scopeSettings(request),
      ]);
      rebuilt = held;
      scopes = await scopesFor(request, rebuilt, settings);
      await bindAll(request, restores);
      await nameAllSockets(request, restores);
      request.abort.throwIfAborted();
      await refuseEnded(request, restores);
      marked = await mark(bundle, 'thawing', unfolded.work);
      // From here on packets reach the rebuilt sockets; before, nobody was there to answer. A guard from boot goes even where
      // the connections are given up.
      unguarded = true;
      if (guarded.length > 0) trackAsBefore = await trackMidway();
      if (hasGuard(bundle.manifest) || guarded.length > 0) await letPacketsIn(request);
      await refuseEnded(request, restores);
      await link(unfolded.proof, unfolded.goal);
      running = true;
    } catch (error) {
      await undoRestores(restores, unfolded.work, request.patience);
      // Why it was undone is what there is to say.
      if (unguarded && guarded.length > 0) await raiseGuard(bundle, guarded).catch(() => {});
      if (marked !== bundle)
        await mark(marked, currentState(bundle.state).state, unfolded.work).catch(() => {});
      throw error;
    }
    stage('running on');
    const restoring = performance.now() - started;
    const failure = await letRun(request, rebuilt);
    // Who ended by itself has run on, and the others do.
    if (failure === undefined || failure.code === 'thaw-gone-after')
      await Promise.all([
        noteThawed(request, marked, scopes, restores.length, unfolded.work),
        // Not before all CRIUs are done: until then a connection can be in repair mode, and what reaches it be lost.
        callPeers(guarded),
      ]);
    if (failure !== undefined) throw failure;
    return await outcome(restoring, scopes);
  } catch (error) {
    if (request.abort.aborted && !running)
      throw fail('thaw-interrupted', { signal: String(request.abort.reason) });
    throw error;
  } finally {
    await trackAsBefore();
    await unfolded.clear();
  }
}

/** Before anything is made: what is put back now has not been written to by others. */
function heedNewerFiles({ bundle, emit, again }: ThawRequest, { trees }: Unfolded): void {
  const frozenAt = Date.parse(bundle.manifest.createdAt);
  if (!again)
    refuseBrokenLocks(
      trees.flatMap(({ locks }) => locks),
      frozenAt,
      bundle.name,
    );
  const paths = trees.flatMap(({ files, written }) => (again ? files : written));
  const message = newerFilesWarning(paths, frozenAt);
  if (message !== undefined) emit({ type: 'warning', operation: 'thaw', message });
}

/** The processes run whatever becomes of the note, so what goes wrong with it is no failure. */
async function noteThawed(
  request: ThawRequest,
  bundle: Bundle,
  scopes: readonly string[],
  trees: number,
  scratch: string,
): Promise<void> {
  try {
    if (await isFreeToGo(request, scopes, trees)) await removeFrozenMark(bundle);
    await mark(bundle, 'thawed', scratch);
  } catch (error) {
    const why = messageOf(error);
    const message = `everything runs, but the bundle could not be marked as thawed (${why}): do not thaw it again as long as its processes run`;
    request.emit({ type: 'warning', operation: 'thaw', message });
  }
}

async function mark(bundle: Bundle, state: StateEntry['state'], scratch: string): Promise<Bundle> {
  const { kernel, bootId } = systemIdentity();
  return recordState(bundle, { state, at: new Date().toISOString(), kernel, bootId }, scratch);
}

/** The metadata's digests were checked before anything was built on it; the pages' are checked beside the restore. */
async function verifyPages(bundle: Bundle): Promise<void> {
  await verifyDigests(bundle, {
    members: bundle.manifest.members.filter(member => member.path.startsWith('memory/')),
  });
}

/** After the scopes, which systemd may have bound to some processors itself. */
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

/** Lets all trees run on, and gives what went wrong with the first for which something did. */
async function letRun(request: ThawRequest, restores: readonly Rebuilt[]): Promise<CkptError | undefined> {
  for (const restore of restores) restore.hold.release();
  const failures: CkptError[] = [];
  for (const restore of restores) {
    const exit = await endOrStall(restore.run, request.patience);
    if (exit?.status === undefined) {
      const log = await keptLog(request, restore);
      const did = exit === undefined ? 'hangs' : `was ended by ${exit.signal}`;
      failures.push(fail('thaw-not-let-go', { pid: restore.root, name: request.bundle.name, log, did }));
    } else if (exit.status !== 0) failures.push(await restoreFailure(request, restore, exit));
  }
  if (failures.length > 0) return failures[0];
  for (const { tree, here } of restores) {
    const pid = missingProcess({ living: [tree.root] }, here);
    if (pid !== undefined) return fail('thaw-gone-after', { pid, name: request.bundle.name });
  }
  return undefined;
}
