import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CkptError, fail } from '../errors.js';
import type { Emit } from '../events.js';
import { dumpArguments } from '../host/criu/arguments.js';
import { fromOutside, OUTSIDE_OF_PARENT } from '../host/criu/enter.js';
import type { Criu } from '../host/criu/find.js';
import { diagnose, failureOf, type HeldRun, undoAll, untilAllHold } from '../host/criu/held-run.js';
import { type Hold, makeHold } from '../host/criu/hold.js';
import { endOrStall, UNDO_PATIENCE } from '../host/criu/stall.js';
import { type CriuRun, startCriu } from '../host/criu/start.js';
import { thisMachine } from '../host/machine.js';
import { readDescriptors } from '../host/proc/descriptors.js';
import type { NamespaceKind } from '../host/proc/namespaces.js';
import { GUARD } from '../image-format/bundle/layout.js';
import type { Signer } from '../image-format/bundle/signature.js';
import type { FilledBundle } from './fill-bundle.js';
import { PageFollower } from './follow-pages.js';
import { type HeldOff, holdOffClients } from './hold-off.js';
import { mayConnect } from './may-connect.js';
import { isFull } from './memory-need.js';
import type { PlannedTree } from './plan.js';
import type { TargetTree } from './targets.js';
import { clearWorkplace, imagesDirectory, openWorkplace, seal, type Workplace } from './workplace.js';

export interface FreezeRequest {
  readonly trees: readonly PlannedTree[];
  readonly name: string;
  /** An existing store, absolute. */
  readonly store: string;
  /** Where the freeze works, with a place for each tree. Cleared in the end, whatever happens. */
  readonly prepared: Prepared;
  readonly criu: Criu;
  readonly leaveRunning: boolean;
  readonly verbose: boolean;
  /** How long CRIU may do nothing at all before it is given up, ms. */
  readonly patience: number;
  /** Ends the freeze and lets everything run on, as long as it is not sealed. */
  readonly abort: AbortSignal;
  readonly emit: Emit;
  readonly sign: Signer;
}

export interface FreezeResult {
  readonly name: string;
  readonly path: string;
  readonly trees: readonly { readonly root: number; readonly command: string; readonly processes: number }[];
  /** Bytes of memory pages in the bundle. */
  readonly memory: number;
  /** Whether established TCP connections wait in the bundle, which the next kernel must not reset. */
  readonly guarded: boolean;
  /** Milliseconds from the start of CRIU until the fate of the trees was sealed: the longest that they stood still. */
  readonly stoodStill: number;
  /** Milliseconds for everything. */
  readonly total: number;
}

/** What is known of a freeze before the look is over. */
export interface Intent {
  /** An existing store, absolute. */
  readonly store: string;
  readonly name: string;
  readonly trees: readonly IntendedTree[];
  /** Whether somebody looks at the trees meanwhile. */
  readonly looked: boolean;
  /** A CRIU to come; when none is found, none is started. */
  readonly criu: Promise<Criu>;
  readonly leaveRunning: boolean;
  readonly verbose: boolean;
}

type IntendedTree = TargetTree & Pick<PlannedTree, 'options'>;

/** Everything that a freeze needs before any process is stopped. */
export interface Prepared {
  readonly workplace: Workplace;
  readonly places: readonly Place[];
  /** Resolves when the code that fills the bundle has been tried out. */
  readonly rehearsed: Promise<void>;
}

/** What one tree's CRIU works with. */
interface Place {
  readonly images: string;
  readonly hold: Hold;
  readonly log: string;
  /** A CRIU that waits at its gate, if one was started. */
  readonly early?: { readonly run: CriuRun; readonly args: readonly string[] };
}

/** One tree being dumped. */
export interface Dump extends HeldRun {
  readonly tree: PlannedTree;
  readonly images: string;
}

/**
 * Makes ready what a freeze needs, beside whatever else has to be found out before one: room in the store, the code, and
 * a CRIU for each tree, which starts and then waits at its gate. Who does not go on to `freeze` takes it back
 * (`abandonFreeze`).
 */
export async function prepareFreeze(intent: Intent): Promise<Prepared> {
  const { store, name, trees } = intent;
  const workplace = await openWorkplace(store, name);
  try {
    const holds = await Promise.all(trees.map((_, index) => preparePlace(workplace, String(index))));
    const criu = await intent.criu.catch(() => undefined);
    const places = holds.map((place, index) =>
      criu === undefined ? place : startEarly(intent, criu, trees[index], place),
    );
    // What is needed when CRIU is done is loaded, and tried out, before a tree stands still for it.
    const rehearsed = rehearseFilling();
    // What is wrong with the sample is not wrong with the freeze; a test looks at it.
    rehearsed.catch(() => {});
    return { workplace, rehearsed, places };
  } catch (error) {
    await clearWorkplace(workplace);
    throw error;
  }
}

/** Takes back what `prepareFreeze` made, before anything is sealed. */
export async function abandonFreeze({ workplace, places }: Prepared): Promise<void> {
  for (const { hold } of places) hold.abandon();
  const started = places.flatMap(({ early, hold }) =>
    early === undefined ? [] : [{ hold, run: early.run }],
  );
  await undoAll(started, UNDO_PATIENCE);
  await clearWorkplace(workplace);
}

/** After the seal nobody is undone: a CRIU that hangs may hold a tree that is in the bundle, too. */
async function tidyUp({ workplace, places }: Prepared): Promise<void> {
  for (const { hold } of places) hold.abandon();
  await clearWorkplace(workplace);
}

/**
 * Freezes trees into one bundle, all or none. Each tree has a CRIU of its own; each of them stops its tree, writes its
 * images and waits in its post-dump hook. When all wait, the bundle is filled, synced and renamed into place, which
 * decides for all of them at once; whatever goes wrong before that, all trees run on.
 */
export async function freeze(request: FreezeRequest): Promise<FreezeResult> {
  const began = performance.now();
  const stage = (name: string): void =>
    request.emit({ type: 'stage', operation: 'freeze', stage: name, at: performance.now() - began });
  const { workplace } = request.prepared;
  let sealed = false;
  try {
    const { dumps, filled, stopped } = await dumpAndSeal(request, stage);
    sealed = true;
    const stoodStill = performance.now() - stopped;
    stage('letting go');
    await letGo(request, dumps);
    stage('computing digests');
    const { completeDigests } = await import('./fill-bundle.js');
    await completeDigests(workplace, filled, request.sign).catch(error => {
      // The bundle is sealed and whole; only a later proof against bit rot is missing, so this is no failure.
      const message = `the digests of the pages could not be finished: ${(error as Error).message}`;
      request.emit({ type: 'warning', operation: 'freeze', message });
    });
    return {
      name: request.name,
      path: workplace.target,
      trees: filled.manifest.trees,
      memory: filled.memory,
      guarded: filled.manifest.members.some(member => member.path === GUARD),
      stoodStill,
      total: performance.now() - began,
    };
  } finally {
    await (sealed ? tidyUp : abandonFreeze)(request.prepared);
  }
}

/** Failures of a moment: the program runs on, and the next moment may be the right one. */
const OF_A_MOMENT: ReadonlySet<string> = new Set(['criu-tcp-not-accepted']);
const ATTEMPTS = 5;

interface Sealed {
  readonly dumps: readonly Dump[];
  readonly filled: FilledBundle;
  /** When the trees were stopped, as performance.now() counts. */
  readonly stopped: number;
}

/** Dumps all trees, and tries again where only the moment was wrong. When it throws, every tree runs on. */
async function dumpAndSeal(request: FreezeRequest, stage: (name: string) => void): Promise<Sealed> {
  const { workplace, rehearsed } = request.prepared;
  let heldOff: HeldOff | undefined;
  try {
    for (let turn = 1; ; turn += 1) {
      const dumps = await Promise.all(
        request.trees.map((tree, index) => takePlace(request, workplace, index, tree, turn)),
      );
      try {
        await rehearsed.catch(() => {});
        if (request.abort.aborted) throw interrupted(request);
        const stopped = performance.now();
        stage('stopping the processes and writing their state');
        return { dumps, filled: await fillAndSeal(request, workplace, dumps, stage), stopped };
      } catch (error) {
        await undoAll(dumps, UNDO_PATIENCE);
        if (turn === ATTEMPTS || !(error instanceof CkptError && OF_A_MOMENT.has(error.code))) throw error;
      }
      stage('waiting until clients are accepted, to try again');
      heldOff ??= await holdOffClients(request.trees, workplace.id);
    }
  } finally {
    await heldOff?.release();
  }
}

async function rehearseFilling(): Promise<void> {
  const [{ rehearse }] = await Promise.all([
    import('./rehearse.js'),
    import('./fill-bundle.js'),
    import('./lift-ahead.js'),
  ]);
  await rehearse();
}

/** @param top what a script of CRIU's puts in front of a path of this system */
async function preparePlace(workplace: Workplace, label: string, top?: string): Promise<Place> {
  const [images, hold] = await Promise.all([
    imagesDirectory(workplace, label),
    makeHold(join(workplace.path, `hold-${label}`), 'post-dump', workplace, top),
  ]);
  return { images, hold, log: join(workplace.path, `dump-${label}.log`) };
}

/** Starts CRIU on the guess that the look finds nothing that it has to be told. */
function startEarly(intent: Intent, criu: Criu, tree: IntendedTree | undefined, place: Place): Place {
  if (!tree) throw new RangeError('a place without a tree');
  const connects = !intent.looked || mayConnect(tree, readDescriptors);
  const guess = {
    connects,
    closedSockets: [],
    journalSockets: [],
    reconnects: tree.options.unix === 'external',
  };
  const args = argumentsFor(intent, { ...tree, ...guess }, place);
  const run = startCriu(criu.path, args, { ownSession: !tree.options.shellJob });
  return { ...place, early: { run, args } };
}

/** The CRIU that waits for this tree if it was started with the right words, else another one. */
async function takePlace(
  request: FreezeRequest,
  workplace: Workplace,
  index: number,
  tree: PlannedTree,
  turn: number,
): Promise<Dump> {
  const place = request.prepared.places[index];
  if (!place) throw new RangeError('a tree without a place');
  const { early } = place;
  const within = namespacesToEnter(tree);
  const fits = within.length === 0 && !tree.ownsIpc && turn === 1;
  if (fits && early !== undefined && isDeepStrictEqual(early.args, argumentsFor(request, tree, place)))
    return { ...place, tree, root: tree.root.pid, run: early.run };
  place.hold.abandon();
  const inside = within.length > 0;
  const other = await preparePlace(
    workplace,
    `${index}-told-${turn}`,
    inside ? OUTSIDE_OF_PARENT : undefined,
  );
  const args = argumentsFor(request, tree, other, inside ? fromOutside : undefined);
  const run = startCriu(request.criu.path, args, {
    ownSession: !tree.options.shellJob,
    // What is not in CRIU's own IPC namespace it takes for the tree's (criu/pstree.c, get_clone_mask()).
    ownIpc: tree.ownsIpc,
    ...(inside && { within: { pid: tree.root.pid, kinds: within, script: other.hold.script } }),
  });
  return { ...other, tree, root: tree.root.pid, run };
}

/**
 * CRIU takes a user namespace only along with others that were made in it (criu/namespaces.c, check_user_ns()): of those
 * that it is in itself it takes none.
 */
function namespacesToEnter({ leftUsers }: PlannedTree): readonly NamespaceKind[] {
  const { mounts = false, hostname = false } = leftUsers ?? {};
  return [...(mounts ? (['mnt'] as const) : []), ...(hostname ? (['uts'] as const) : [])];
}

function argumentsFor(
  how: Pick<FreezeRequest, 'leaveRunning' | 'verbose'>,
  tree: Pick<
    PlannedTree,
    | 'root'
    | 'options'
    | 'leaderless'
    | 'connects'
    | 'closedSockets'
    | 'journalSockets'
    | 'reconnects'
    | 'mounts'
  >,
  { images, hold, log }: Place,
  pathOf = (path: string): string => path,
): string[] {
  const { tcp, shellJob, ghostLimit } = tree.options;
  return dumpArguments({
    // Where there is nothing to keep, what has appeared since is refused.
    tcp: tree.connects ? tcp : 'refuse',
    shellJob: shellJob || tree.leaderless,
    ghostLimit,
    reconnectUnix: tree.reconnects,
    leftSockets: [...tree.closedSockets, ...tree.journalSockets],
    mounts: tree.mounts,
    leaveRunning: how.leaveRunning,
    verbose: how.verbose,
    pid: tree.root.pid,
    images: pathOf(images),
    log: pathOf(log),
    script: pathOf(hold.script),
  });
}

/** From the start of the dumps to the seal. When it throws, every tree runs on. */
async function fillAndSeal(
  request: FreezeRequest,
  workplace: Workplace,
  dumps: readonly Dump[],
  stage: (name: string) => void,
): Promise<FilledBundle> {
  const { LiftAhead } = await import('./lift-ahead.js');
  const follower = new PageFollower(dumps.map(dump => dump.images));
  const lifting = dumps.map(
    ({ images }, index) => new LiftAhead(images, String(index), request.criu.version),
  );
  try {
    for (const { hold } of dumps) hold.begin();
    follower.start();
    for (const one of lifting) one.start();
    const machine = thisMachine();
    const early = await untilAllHold(dumps, request.abort, request.patience);
    if (early) throw await dumpFailure(request, early.run, early.exit);
    stage('writing the bundle');
    const digests = follower.stop();
    // The pages are all there: the disk takes them while the processors read the rest.
    for (const digest of digests) digest.sync(digest.size());
    for (const one of lifting) one.stop();
    const { fillBundle } = await import('./fill-bundle.js');
    const lifters = lifting.map(({ lifter }) => lifter);
    const filled = await fillBundle(request, workplace, dumps, follower, lifters, machine);
    request.abort.throwIfAborted();
    await seal(workplace);
    follower.hurry();
    return filled;
  } catch (error) {
    for (const one of lifting) one.stop();
    await undoAll(dumps, request.patience);
    for (const digest of follower.stop()) await digest.close();
    if (request.abort.aborted) throw interrupted(request);
    throw inPlainWords(request, error);
  }
}

function interrupted(request: FreezeRequest) {
  return fail('freeze-interrupted', { signal: String(request.abort.reason) });
}

/** What the system or the reader of images says of a freeze, as it looks to whoever asked for the freeze. */
function inPlainWords(request: FreezeRequest, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return fail('store-filled', { store: request.store }, { cause: error });
  }
  if (error instanceof CkptError && code.startsWith('image-')) {
    return fail('freeze-images', { problem: error.message, criu: request.criu.version }, { cause: error });
  }
  return error;
}

/** After the seal: every CRIU sees the bundle in its place and ends its tree, or leaves it running as asked. */
async function letGo(request: FreezeRequest, dumps: readonly Dump[]): Promise<void> {
  for (const dump of dumps) dump.hold.release();
  for (const dump of dumps) {
    const exit = await endOrStall(dump.run, request.patience);
    if (exit?.status === 0) continue;
    const problem = exit
      ? (await dumpFailure(request, dump, exit)).why
      : 'CRIU does nothing and does not end';
    throw fail('freeze-after-seal', { name: request.name, pid: dump.root, problem });
  }
}

async function dumpFailure(request: FreezeRequest, dump: Dump, exit: Awaited<Dump['run']['exit']>) {
  if (await isFull(request.store)) return fail('store-filled', { store: request.store });
  const { version, path } = request.criu;
  const found = await diagnose(
    dump,
    exit,
    { action: 'dump', criu: version },
    { store: request.store, name: `freeze-${request.name}-${dump.root}.log` },
  );
  const names = new Map(dump.tree.processes.map(({ pid, name }) => [pid, name]));
  const otherwise = { unknown: 'criu-dump-failed', silent: 'criu-silent' } as const;
  const failure = failureOf(found, dump, names, otherwise, { criu: path, version });
  return failure.code === 'criu-tcp-connected' && !dump.tree.connects
    ? fail('freeze-connection-appeared', { pid: dump.root })
    : failure;
}
