import { since } from '../elapsed.js';
import { fail } from '../errors.js';
import { unitsHeldFor } from '../host/systemd/held-back.js';
import { unlessRemoved } from '../image-format/bundle/open-bundle.js';
import { verifyDigests, verifyLayout } from '../image-format/bundle/verify.js';
import { unlessAborted } from '../image-format/bundle/watch.js';
import { awaitAddresses } from './await-addresses.js';
import { bringBack, type Standing, type Thawing } from './bring-back.js';
import { claim, usedFailure } from './claim.js';
import { raiseGuard } from './guard.js';
import { refuseLinks } from './led-elsewhere.js';
import { letRun } from './let-run.js';
import { ensureLocksFree } from './locks-in-the-way.js';
import { memoryShortWarning } from './memory-short.js';
import { newerFilesWarning, refuseBrokenLocks } from './newer-files.js';
import { ensureNumbersFree } from './preflight.js';
import { putBack } from './put-back/put-back.js';
import { tcpOf } from './rebuild.js';
import type { ThawRequest, ThawResult } from './request.js';
import { ensurePathsFree } from './sockets-in-the-way.js';
import { blamingStore } from './store-refuses.js';
import type { UnfoldedTree } from './unfold.js';

/**
 * Thaws a bundle. The images are made anew for the CRIU and kernel at hand; each tree's CRIU rebuilds it and waits in
 * its post-restore hook, where nothing has run yet. Only when all wait, every digest agrees and every process is
 * there, they are told to run on; otherwise CRIU takes down what it built. The bundle itself is only read.
 */
export async function thaw(request: ThawRequest): Promise<ThawResult> {
  const began = performance.now();
  const stage = (name: string): void =>
    request.emit({ type: 'stage', operation: 'thaw', stage: name, at: since(began) });
  const { bundle } = request;
  const used = request.again ? undefined : usedFailure(bundle);
  if (used !== undefined) throw used;
  stage('reading the bundle');
  await unlessRemoved(bundle, verifyLayout(bundle));
  // The pages are digested from here on, beside everything else; who needs to know waits before anything runs on.
  const verified = verifyPages(request);
  verified.catch(() => {});
  // Loaded only now, beside the digests: the schemas take a while to make.
  const { unfold } = await import('./unfold.js');
  const unfolding = unlessRemoved(bundle, unfold(bundle, request.store, request.criu));
  const unfolded = await unfolding.catch((error: unknown) => {
    throw blamingStore(error, request.store);
  });
  const guarded = unfolded.trees.flatMap(tree =>
    tcpOf(request, tree) === 'established' ? tree.connections : [],
  );
  const thawing = { request, unfolded, guarded, verified, stage };
  try {
    const standing = await untilStanding(thawing);
    const restoring = standing === undefined ? 0 : since(standing.began);
    if (standing !== undefined) {
      stage('running on');
      await letRun(thawing, standing);
    }
    const scopes = standing?.scopes ?? [];
    return {
      name: bundle.name,
      trees: bundle.manifest.trees,
      connections: guarded.length,
      losses: unfolded.losses,
      scopes,
      heldBack: await unitsHeldFor({ scopes }),
      restoring,
      total: since(began),
    };
  } finally {
    await unfolded.clear();
  }
}

/** Everything that can be taken back; undefined for a dry run, which makes nothing. When it throws, nothing runs. */
async function untilStanding(thawing: Thawing): Promise<Standing | undefined> {
  const { request, unfolded, guarded, verified, stage } = thawing;
  try {
    await refuseWhatStandsAgainst(thawing);
    if (request.dryRun) {
      await unlessAborted(verified, request.abort);
      return undefined;
    }
    const addresses = unfolded.trees.flatMap(tree => tree.addresses);
    await awaitAddresses(addresses, request.abort, request.emit);
    if (guarded.length > 0) await raiseGuard(request.bundle, guarded);
    await putBack(request.bundle, unfolded.trees);
    stage('rebuilding the processes');
    return await bringBack(thawing);
  } catch (error) {
    if (request.abort.aborted) throw fail('thaw-interrupted', { signal: String(request.abort.reason) });
    throw blamingStore(error, request.store);
  }
}

/** What this machine has in the place of what is to be rebuilt; and nobody else thaws the bundle meanwhile. */
async function refuseWhatStandsAgainst({ request, unfolded }: Thawing): Promise<void> {
  const { trees, place } = unfolded;
  if (!request.dryRun) await claim(request, place);
  // Before anything is made: what is put back now has not been written to by others.
  heedNewerFiles(request, trees);
  const short = memoryShortWarning(request.bundle);
  if (short !== undefined) request.emit({ type: 'warning', operation: 'thaw', message: short });
  refuseLinks(trees.flatMap(({ opened, ownMounts }) => (ownMounts ? [] : opened)));
  await ensureNumbersFree(trees.flatMap(tree => (tree.apart ? [] : tree.ids)));
  await ensurePathsFree(trees.flatMap(tree => tree.socketPaths));
  await ensureLocksFree(trees.flatMap(tree => tree.locks));
  request.abort.throwIfAborted();
}

function heedNewerFiles({ bundle, emit, again }: ThawRequest, trees: readonly UnfoldedTree[]): void {
  const locked = trees.flatMap(({ policy }) => policy.lockedFiles ?? []);
  const last = {
    known: new Map(locked.map(({ path, modified }) => [path, modified])),
    frozenAt: Date.parse(bundle.manifest.createdAt),
  };
  const locks = trees.flatMap(tree => tree.locks);
  if (!again) refuseBrokenLocks(locks, last, bundle.name);
  const paths = trees.flatMap(({ files, written }) => (again ? files : written));
  const message = newerFilesWarning(paths, last);
  if (message !== undefined) emit({ type: 'warning', operation: 'thaw', message });
}

/** The metadata's digests were checked before anything was built on it; the pages' are checked beside the restore. */
async function verifyPages({ bundle, emit }: ThawRequest): Promise<void> {
  const members = bundle.manifest.members.filter(member => member.path.startsWith('memory/'));
  const total = members.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  await verifyDigests(bundle, {
    members,
    onBytes: bytes => {
      done += bytes;
      emit({
        type: 'progress',
        operation: 'thaw',
        what: 'checking memory',
        done,
        total,
        unit: 'bytes',
      });
    },
  });
}
