import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CkptError, fail } from '../errors.js';
import type { Emit } from '../events.js';
import { bindThreads } from '../host/bind-threads.js';
import { inheritedFiles, restoreArguments, type TcpPolicy } from '../host/criu/arguments.js';
import type { Criu } from '../host/criu/find.js';
import { diagnose, failureOf, type HeldRun, keepLog, undoAll, untilAllHold } from '../host/criu/held-run.js';
import { makeHold } from '../host/criu/hold.js';
import { endOrStall } from '../host/criu/stall.js';
import { type CriuExit, startCriu } from '../host/criu/start.js';
import { unitsHeldFor } from '../host/held-back.js';
import { systemIdentity } from '../host/system.js';
import { releaseClaim } from '../image-format/bundle/claim.js';
import { hasGuard } from '../image-format/bundle/manifest.js';
import { memberPaths } from '../image-format/bundle/member-path.js';
import { type Bundle, recordState, removeFrozenMark } from '../image-format/bundle/open-bundle.js';
import { verifyDigests, verifyLayout } from '../image-format/bundle/verify.js';
import { claim, usedFailure } from './claim.js';
import { letPacketsIn, raiseGuard } from './guard.js';
import { nameSockets } from './name-sockets.js';
import { ensureNumbersFree, missingProcess, type Numbering, numbersHere } from './preflight.js';
import { putBackFiles } from './put-back-files.js';
import { remakeFifos } from './remake-fifos.js';
import { remakeFolders } from './remake-folders.js';
import { remakePlaces } from './remake-places.js';
import { isFreeToGo, scopesFor } from './scopes.js';
import { ensurePathsFree } from './sockets-in-the-way.js';
import type { Unfolded, UnfoldedTree } from './unfold.js';

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

/** One tree being restored. */
interface Restore extends HeldRun {
  readonly tree: UnfoldedTree;
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
  let claimed = false;
  try {
    if (!request.dryRun) {
      await claim(request, unfolded.place);
      claimed = true;
    }
    await ensureNumbersFree(unfolded.trees.flatMap(tree => (tree.apart ? [] : tree.ids)));
    await ensurePathsFree(unfolded.trees.flatMap(tree => tree.socketPaths));
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
    if (guarded.length > 0) await raiseGuard(bundle, guarded);
    await remakeFolders(unfolded.trees.flatMap(tree => tree.policy.folders ?? []));
    await remakeFifos(unfolded.trees.flatMap(tree => tree.policy.fifos ?? []));
    const files = unfolded.trees.flatMap(tree => tree.policy.files ?? []);
    if (files.length > 0) await putBackFiles(files, memberPaths(bundle));
    await remakePlaces(unfolded.trees.flatMap(tree => tree.policy.mounts?.places ?? []));
    stage('rebuilding the processes');
    const started = performance.now();
    const restores = await startAll(request, unfolded);
    let marked = bundle;
    let unguarded = false;
    let numberings: readonly Numbering[] = [];
    let scopes: readonly string[] = [];
    try {
      await Promise.all([allHold(request, restores), unlessAborted(verifying, request.abort)]);
      numberings = await Promise.all(restores.map(numbering));
      await refuseMissing(request, restores, numberings);
      scopes = await scopesFor(request, restores, numberings);
      await bindAll(request, restores);
      await nameAllSockets(request, restores);
      request.abort.throwIfAborted();
      marked = await mark(bundle, 'thawing', unfolded.work);
      // From here on packets reach the rebuilt sockets; before, nobody was there to answer. A guard from boot goes even where
      // the connections are given up.
      unguarded = true;
      if (hasGuard(bundle.manifest) || guarded.length > 0) await letPacketsIn(request);
      await link(unfolded.proof, unfolded.goal);
      running = true;
    } catch (error) {
      await undoAll(restores, request.patience);
      // Why it was undone is what there is to say.
      if (unguarded && guarded.length > 0) await raiseGuard(bundle, guarded).catch(() => {});
      throw error;
    }
    stage('running on');
    const restoring = performance.now() - started;
    const failure = await letRun(request, restores, numberings);
    // Who ended by itself has run on, and the others do.
    if (failure === undefined || failure.code === 'thaw-gone-after') {
      if (await isFreeToGo(request, scopes, restores.length)) await removeFrozenMark(bundle);
      await mark(marked, 'thawed', unfolded.work);
    }
    if (failure !== undefined) throw failure;
    return await outcome(restoring, scopes);
  } catch (error) {
    if (request.abort.aborted && !running)
      throw fail('thaw-interrupted', { signal: String(request.abort.reason) });
    throw error;
  } finally {
    if (claimed) await releaseClaim(request.store, bundle.manifest.id);
    await unfolded.clear();
  }
}

async function allHold(request: ThawRequest, restores: readonly Restore[]): Promise<void> {
  const early = await untilAllHold(restores, request.abort, request.patience);
  if (early) throw await restoreFailure(request, early.run, early.exit);
}

async function mark(bundle: Bundle, state: 'thawing' | 'thawed', scratch: string): Promise<Bundle> {
  const { kernel, bootId } = systemIdentity();
  return recordState(bundle, { state, at: new Date().toISOString(), kernel, bootId }, scratch);
}

/** The metadata's digests were checked before anything was built on it; the pages' are checked beside the restore. */
async function verifyPages(bundle: Bundle): Promise<void> {
  await verifyDigests(bundle, {
    members: bundle.manifest.members.filter(member => member.path.startsWith('memory/')),
  });
}

/** What was asked for now, else what was asked for at the freeze: for this tree, or for all. */
function tcpOf(request: ThawRequest, { policy }: UnfoldedTree): TcpPolicy {
  return request.tcp ?? policy.tcp ?? request.bundle.manifest.options.tcp;
}

async function startAll(request: ThawRequest, unfolded: Unfolded): Promise<readonly Restore[]> {
  const { options } = request.bundle.manifest;
  const verdict = { goal: unfolded.goal, proof: unfolded.proof };
  await writeFile(unfolded.proof, '', { mode: 0o600 });
  return Promise.all(
    unfolded.trees.map(async (tree, index) => {
      const hold = await makeHold(join(unfolded.work, `hold-${index}`), 'post-restore', verdict);
      const log = join(unfolded.work, `restore-${index}.log`);
      const shellJob = request.shellJob ?? tree.policy.shellJob ?? options.shellJob;
      const { closedSockets = [], journalSockets = [], mounts } = tree.policy;
      const inherited = inheritedFiles(closedSockets, journalSockets, mounts?.nulls);
      const root = mounts === undefined ? undefined : join(unfolded.work, `root-${index}`);
      if (root !== undefined) await mkdir(root, { mode: 0o700 });
      const run = startCriu(
        request.criu.path,
        restoreArguments({
          images: tree.images,
          log,
          script: hold.script,
          tcp: tree.sockets ? tcpOf(request, tree) : 'refuse',
          // CRIU then takes the session that it runs in: its own, which it leads and leaves without a leader.
          shellJob: shellJob || tree.policy.session === 'leaderless',
          reconnectUnix: tree.policy.unix === 'external',
          uprobes: tree.uprobes,
          inherited,
          mounts,
          root,
          verbose: request.verbose,
        }),
        {
          ownSession: !shellJob,
          action: 'restore',
          inherited,
          root,
          output: request.bundle.manifest.trees[index]?.command ?? 'ckpt',
        },
      );
      return { tree, root: tree.root, log, hold, run };
    }),
  );
}

async function refuseMissing(
  request: ThawRequest,
  restores: readonly Restore[],
  numberings: readonly Numbering[],
): Promise<void> {
  for (const [index, restore] of restores.entries()) {
    const pid = missingProcess(restore.tree, numberings[index]);
    if (pid !== undefined) throw fail('thaw-process-missing', { pid, log: await keptLog(request, restore) });
  }
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

/** How this system numbers the processes of a tree that CRIU has rebuilt; to be asked before anything is decided. */
async function numbering({ tree, hold }: Restore): Promise<Numbering> {
  return tree.apart ? numbersHere(await hold.reached) : pid => pid;
}

/** Puts CRIU's log where it outlives the thaw's work directory. */
function keptLog({ store, bundle }: ThawRequest, { log, root }: Restore): Promise<string> {
  return keepLog(log, store, `thaw-${bundle.name}-${root}.log`);
}

/** Lets all trees run on, and gives what went wrong with the first for which something did. */
async function letRun(
  request: ThawRequest,
  restores: readonly Restore[],
  numberings: readonly Numbering[],
): Promise<CkptError | undefined> {
  for (const restore of restores) restore.hold.release();
  const failures: CkptError[] = [];
  for (const restore of restores) {
    const exit = await endOrStall(restore.run, request.patience);
    if (!exit) {
      const log = await keptLog(request, restore);
      failures.push(fail('thaw-not-let-go', { pid: restore.root, name: request.bundle.name, log }));
    } else if (exit.status !== 0) failures.push(await restoreFailure(request, restore, exit));
  }
  if (failures.length > 0) return failures[0];
  for (const [index, { tree }] of restores.entries()) {
    const pid = missingProcess({ living: [tree.root] }, numberings[index]);
    if (pid !== undefined) return fail('thaw-gone-after', { pid, name: request.bundle.name });
  }
  return undefined;
}

/** A wait for something that only reads, and can be left alone. */
function unlessAborted<T>(work: Promise<T>, abort: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (abort.aborted) reject(abort.reason);
    abort.addEventListener('abort', () => reject(abort.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}

async function restoreFailure(request: ThawRequest, restore: Restore, exit: CriuExit) {
  const { version, path } = request.criu;
  const found = await diagnose(
    restore,
    exit,
    { action: 'restore', criu: version },
    { store: request.store, name: `thaw-${request.bundle.name}-${restore.root}.log` },
  );
  const otherwise = {
    unknown: 'criu-restore-failed',
    silent: 'criu-silent-thaw',
    killed: 'criu-sigkill-thaw',
  } as const;
  const more = { criu: path, version, bundle: request.bundle.name };
  return failureOf(found, restore, restore.tree.names, otherwise, more);
}
