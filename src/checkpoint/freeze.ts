import { rm } from 'node:fs/promises';
import { since } from '../elapsed.js';
import { CkptError, fail, messageOf } from '../errors.js';
import type { Emit } from '../events.js';
import { firstEnded, untilAllHold } from '../host/criu/held-run.js';
import { removeOwnLock } from '../host/criu/own-lock.js';
import { flush } from '../host/file-systems.js';
import { thisMachine } from '../host/machine.js';
import { lockTable } from '../host/nftables.js';
import { hasGuard } from '../image-format/bundle/manifest.js';
import { dumpFailure } from './dump/dump-failure.js';
import { type HeldOff, holdOffClients } from './dump/hold-off.js';
import { type Fate, letGo } from './dump/let-go.js';
import { abandonFreeze, type Dump, takePlace, tidyUp } from './dump/prepare-freeze.js';
import { undoDumps } from './dump/undo-dumps.js';
import type { FilledBundle } from './fill/fill-bundle.js';
import { PageFollower } from './fill/follow-pages.js';
import type { FreezeRequest, FreezeResult } from './request.js';
import { expectedMemory } from './store/memory-need.js';
import { storeTrouble } from './store/store-trouble.js';
import { noteRoots, seal } from './store/workplace.js';

/**
 * Freezes trees into one bundle, all or none. Each tree has a CRIU of its own; each of them stops its tree, writes its
 * images and waits in its post-dump hook. When all wait, the bundle is filled, synced and renamed into place, which
 * decides for all of them at once; whatever goes wrong before that, all trees run on.
 */
export async function freeze(request: FreezeRequest): Promise<FreezeResult> {
  const began = performance.now();
  const stage = (name: string): void =>
    request.emit({ type: 'stage', operation: 'freeze', stage: name, at: since(began) });
  const { workplace } = request.prepared;
  let fate: Fate = 'open';
  try {
    const { disks: used, trouble } = request.prepared.written;
    if (used.length > 0) stage('having the disk take what the processes have written');
    // No tree stands still for a disk that has not answered.
    const disks = saidUnlessWritten(await trouble, request.emit) ? used : [];
    const { dumps, filled, stopped } = await dumpAndSeal(request, disks, stage);
    fate = 'sealed';
    const stoodStill = since(stopped);
    stage('letting go');
    const troubled = await letGo(request, dumps).finally(() => {
      for (const { hold } of dumps) hold.abandon();
    });
    if (troubled !== undefined) {
      fate = troubled.fate;
      throw troubled.failure;
    }
    stage('computing digests');
    const { completeDigests } = await import('./fill/fill-bundle.js');
    await completeDigests(workplace, filled, request.sign).catch(error => {
      // The bundle is sealed and whole; only a later proof against bit rot is missing, so this is no failure.
      const message = `the digests of the pages could not be finished: ${messageOf(error)}`;
      request.emit({ type: 'warning', operation: 'freeze', message });
    });
    return {
      name: request.name,
      path: workplace.target,
      trees: filled.manifest.trees,
      memory: filled.memory,
      guarded: hasGuard(filled.manifest),
      stoodStill,
      total: since(began),
    };
  } finally {
    if (fate === 'open' || request.leaveRunning) await letPacketsIn(request);
    await (fate === 'open' ? abandonFreeze(request.prepared) : tidyUp(request.prepared, fate === 'held'));
  }
}

/** Whoever runs on is heard again. */
async function letPacketsIn({ trees, emit }: FreezeRequest): Promise<void> {
  for (const { root, crowded } of trees) {
    const problem = crowded === false ? undefined : await removeOwnLock(root.pid);
    if (problem === undefined) continue;
    const message = `rules still drop packets of its connections (${problem}): nft delete table inet ${lockTable(root.pid)}`;
    emit({ type: 'warning', operation: 'freeze', message });
  }
}

/** Failures of a moment: the program runs on, and the next moment may be the right one. */
const OF_A_MOMENT: ReadonlySet<string> = new Set(['criu-tcp-not-accepted', 'criu-unix-not-accepted']);
const ATTEMPTS = 5;

interface Sealed {
  readonly dumps: readonly Dump[];
  readonly filled: FilledBundle;
  /** When the trees were stopped, as performance.now() counts. */
  readonly stopped: number;
}

/** Dumps all trees, and tries again where only the moment was wrong. When it throws, every tree runs on. */
async function dumpAndSeal(
  request: FreezeRequest,
  disks: readonly string[],
  stage: (name: string) => void,
): Promise<Sealed> {
  const { workplace, rehearsed } = request.prepared;
  let heldOff: HeldOff | undefined;
  try {
    for (let turn = 1; ; turn += 1) {
      const dumps = await Promise.all(
        request.trees.map((tree, index) => takePlace(request, index, tree, turn)),
      );
      try {
        await rehearsed.catch(() => {});
        if (request.abort.aborted) throw interrupted(request);
        const stopped = performance.now();
        stage('stopping the processes and writing their state');
        return { dumps, filled: await fillAndSeal(request, { dumps, disks }, stage), stopped };
      } catch (error) {
        await undoDumps(dumps, request.patience);
        if (turn === ATTEMPTS || !(error instanceof CkptError && OF_A_MOMENT.has(error.code))) throw error;
      }
      // What was written of their memory would take the room that the next one needs.
      await Promise.all(dumps.map(({ images }) => rm(images, { recursive: true, force: true })));
      stage('waiting until clients are accepted, to try again');
      heldOff ??= await holdOffClients(request.trees, workplace.id);
    }
  } finally {
    await heldOff?.release();
  }
}

/**
 * Whether the file systems have put on the disk what was written to them: who comes back after a crash believes that it has
 * written all of that. What kept them from it is warned of.
 */
function saidUnlessWritten(problem: string | undefined, emit: Emit): boolean {
  if (problem === undefined) return true;
  const message = `what the processes have written may not be on the disk yet (${problem}), and after a crash the bundle would not fit their files: type sync before the kernel switch`;
  emit({ type: 'warning', operation: 'freeze', message });
  return false;
}

/** From the start of the dumps to the seal. When it throws, every tree runs on. */
async function fillAndSeal(
  request: FreezeRequest,
  { dumps, disks }: { readonly dumps: readonly Dump[]; readonly disks: readonly string[] },
  stage: (name: string) => void,
): Promise<FilledBundle> {
  const { workplace } = request.prepared;
  const { LiftAhead } = await import('./fill/lift-ahead.js');
  const expected = expectedMemory(dumps.flatMap(({ tree }) => tree.processes.map(({ pid }) => pid)));
  const follower = new PageFollower(
    dumps.map(dump => dump.images),
    done => {
      const total = Math.max(expected, done);
      request.emit({
        type: 'progress',
        operation: 'freeze',
        what: 'writing memory',
        done,
        total,
        unit: 'bytes',
      });
    },
  );
  const lifting = dumps.map(
    ({ images }, index) => new LiftAhead(images, String(index), request.criu.version),
  );
  try {
    noteRoots(
      workplace,
      dumps.map(({ root }) => root),
    );
    for (const { hold } of dumps) hold.begin();
    follower.start();
    for (const one of lifting) one.start();
    const machine = thisMachine();
    const early = await untilAllHold(dumps, request.abort, request.patience);
    if (early) throw await dumpFailure(request, early.run, early.exit);
    stage('writing the bundle, and waiting until the disk has all of it');
    const rest = flush(disks);
    const digests = follower.stop();
    // The pages are all there: the disk takes them while the processors read the rest.
    for (const digest of digests) digest.sync(digest.size());
    for (const one of lifting) one.stop();
    const { fillBundle } = await import('./fill/fill-bundle.js');
    const lifters = lifting.map(({ lifter }) => lifter);
    const filled = await fillBundle(request, { dumps, lifters, follower, machine });
    saidUnlessWritten(await rest, request.emit);
    request.abort.throwIfAborted();
    await seal(workplace, () => refuseKilled(request, dumps));
    follower.hurry();
    return filled;
  } catch (error) {
    for (const one of lifting) one.stop();
    await undoDumps(dumps, request.patience);
    for (const digest of follower.stop()) await digest.close();
    if (request.abort.aborted) throw interrupted(request);
    throw await inPlainWords(request, error);
  }
}

/** A CRIU that was killed while it waited for us has let its tree run on. */
async function refuseKilled(request: FreezeRequest, dumps: readonly Dump[]): Promise<void> {
  const ended = await firstEnded(dumps);
  if (ended) throw await dumpFailure(request, ended.run, ended.exit);
}

function interrupted(request: FreezeRequest) {
  return fail('freeze-interrupted', { signal: String(request.abort.reason) });
}

/** What the system or the reader of images says of a freeze, as it looks to whoever asked for the freeze. */
async function inPlainWords(request: FreezeRequest, error: unknown): Promise<unknown> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return fail('store-filled', { store: request.store }, { cause: error });
  }
  if (error instanceof CkptError && code.startsWith('image-')) {
    return fail('freeze-images', { problem: error.message, criu: request.criu.version }, { cause: error });
  }
  // What no row of ours names comes from the store as often as not.
  return error instanceof CkptError ? error : ((await storeTrouble(request.store)) ?? error);
}
