import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fail } from '../../errors.js';
import { dumpArguments } from '../../host/criu/arguments.js';
import { fromOutside, OUTSIDE_OF_PARENT } from '../../host/criu/enter.js';
import type { Criu } from '../../host/criu/find.js';
import { type HeldRun, undoAll } from '../../host/criu/held-run.js';
import { type Hold, makeHold } from '../../host/criu/hold.js';
import { crowdsCriu, makeOwnLock, waitsBySelect } from '../../host/criu/own-lock.js';
import { UNDO_PATIENCE } from '../../host/criu/stall.js';
import { type CriuRun, startCriu } from '../../host/criu/start.js';
import { flush, mountpointsOf } from '../../host/file-systems.js';
import { readDescriptors } from '../../host/proc/descriptors.js';
import { type NamespaceKind, readNamespace } from '../../host/proc/namespaces.js';
import { connectionsOf } from '../../host/tree-connections.js';
import { mayConnect } from '../plan/may-connect.js';
import type { PlannedTree } from '../plan/plan.js';
import type { TargetTree } from '../plan/targets.js';
import { storeTrouble } from '../store/store-trouble.js';
import { clearWorkplace, imagesDirectory, openWorkplace, type Workplace } from '../store/workplace.js';

/** What CRIU is told of every tree. */
interface Manner {
  readonly leaveRunning: boolean;
  readonly verbose: boolean;
}

/** What is known of a freeze before the look is over. */
export interface Intent extends Manner {
  /** An existing store, absolute. */
  readonly store: string;
  readonly name: string;
  readonly trees: readonly IntendedTree[];
  /** Whether somebody looks at the trees meanwhile. */
  readonly looked: boolean;
  /** A CRIU to come; when none is found, none is started. */
  readonly criu: Promise<Criu>;
}

type IntendedTree = TargetTree & Pick<PlannedTree, 'options'>;

/** Everything that a freeze needs before any process is stopped. */
export interface Prepared {
  readonly workplace: Workplace;
  readonly places: readonly Place[];
  readonly written: Written;
  /** Resolves when the code that fills the bundle has been tried out. */
  readonly rehearsed: Promise<void>;
}

/** What the trees have written is on its way to the disk while they run still: they stand still for the rest. */
interface Written {
  /** The mount points of what they use; none where they run on. */
  readonly disks: readonly string[];
  /** What kept it from the disk, undefined when all is there. Never rejects. */
  readonly trouble: Promise<string | undefined>;
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
  /** Whether ckpt keeps its connections silent, in CRIU's place. */
  readonly ownLock: boolean;
}

/**
 * Makes ready what a freeze needs, beside whatever else has to be found out before one: room in the store, the code, disks
 * that have what was written, and a CRIU for each tree, which starts and then waits at its gate. Who does not go on to `freeze` takes it back
 * (`abandonFreeze`).
 */
export async function prepareFreeze(intent: Intent): Promise<Prepared> {
  const { store, name, trees, leaveRunning } = intent;
  const disks = leaveRunning ? [] : mountpointsOf(trees.map(({ root }) => root.pid));
  const written = { disks, trouble: flush(disks) };
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
    return { workplace, written, rehearsed, places };
  } catch (error) {
    const trouble = await storeTrouble(store);
    await clearWorkplace(workplace);
    throw trouble ?? error;
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

/**
 * After the seal nobody is undone.
 * @param held a CRIU hangs, and may still look at the work directory for what became of its tree. The next freeze clears that.
 */
export async function tidyUp({ workplace, places }: Prepared, held: boolean): Promise<void> {
  for (const { hold } of places) hold.abandon();
  if (!held) await clearWorkplace(workplace);
}

async function rehearseFilling(): Promise<void> {
  const [{ rehearse }] = await Promise.all([
    import('../fill/rehearse.js'),
    import('../fill/fill-bundle.js'),
    import('../fill/lift-ahead.js'),
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

function hasOwnNetwork(pid: number): boolean {
  return readNamespace(pid, 'net') !== readNamespace(process.pid, 'net');
}

/** Starts CRIU on the guess that the look finds nothing that it has to be told. */
function startEarly(intent: Intent, criu: Criu, tree: IntendedTree | undefined, place: Place): Place {
  if (!tree) throw new RangeError('a place without a tree');
  const connects = !intent.looked || mayConnect(tree, { descriptorsOf: readDescriptors, hasOwnNetwork });
  const guess = {
    connects,
    closedSockets: [],
    journalSockets: [],
    reconnects: tree.options.unix === 'external',
  };
  const args = argumentsFor(intent, { ...tree, ...guess }, place);
  const run = startCriu(criu.path, args, { ownSession: !tree.options.shellJob, action: 'dump' });
  return { ...place, early: { run, args } };
}

/**
 * The CRIU that waits for this tree if it was started with the right words, else another one.
 * @param turn which attempt this is, from 1
 */
export async function takePlace(
  request: Manner & { readonly prepared: Prepared; readonly criu: Criu },
  index: number,
  tree: PlannedTree,
  turn: number,
): Promise<Dump> {
  const { workplace, places } = request.prepared;
  const place = places[index];
  if (!place) throw new RangeError('a tree without a place');
  const { early } = place;
  const within = namespacesToEnter(tree);
  const ownLock = locksItself(tree, early?.run);
  const fits = !ownLock && within.length === 0 && !tree.ownsIpc && turn === 1;
  if (fits && early !== undefined && isDeepStrictEqual(early.args, argumentsFor(request, tree, place)))
    return { ...place, tree, ownLock, root: tree.root.pid, run: early.run };
  place.hold.abandon();
  const inside = within.length > 0;
  const other = await preparePlace(
    workplace,
    `${index}-told-${turn}`,
    inside ? OUTSIDE_OF_PARENT : undefined,
  );
  const args = argumentsFor(request, tree, { ...other, ownLock }, inside ? fromOutside : undefined);
  const programs = ownLock ? await lockFor(workplace, tree, turn) : undefined;
  const run = startCriu(request.criu.path, args, {
    ownSession: !tree.options.shellJob,
    action: 'dump',
    // What is not in CRIU's own IPC namespace it takes for the tree's (criu/pstree.c, get_clone_mask()).
    ownIpc: tree.ownsIpc,
    programs: inside && programs !== undefined ? fromOutside(programs) : programs,
    ...(inside && { within: { pid: tree.root.pid, kinds: within, script: other.hold.script } }),
  });
  return { ...other, tree, ownLock, root: tree.root.pid, run };
}

/**
 * Whether ckpt has to keep the connections of a tree silent. A network of the tree's own CRIU cuts off as a whole, before it has much
 * open (criu/net.c, network_lock_internal()).
 */
function locksItself({ root, crowded }: PlannedTree, early: CriuRun | undefined): boolean {
  if (hasOwnNetwork(root.pid)) return false;
  const many = crowded ?? crowdsCriu(connectionsOf(root.pid).length, Number.POSITIVE_INFINITY);
  return many && (early === undefined || waitsBySelect(early.pid));
}

/** What keeps the connections of a tree silent that has too many for CRIU. Throws `freeze-no-lock`. */
async function lockFor(workplace: Workplace, { root }: PlannedTree, turn: number): Promise<string> {
  const folder = join(workplace.path, `lock-${root.pid}-${turn}`);
  const { problem } = await makeOwnLock(folder, root.pid, connectionsOf(root.pid));
  if (problem !== undefined) throw fail('freeze-no-lock', { pid: root.pid, problem });
  return folder;
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
  how: Manner,
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
  { images, hold, log, ownLock = false }: Place & { readonly ownLock?: boolean },
  pathOf = (path: string): string => path,
): string[] {
  const { tcp, shellJob, ghostLimit } = tree.options;
  return dumpArguments({
    // Where there is nothing to keep, what has appeared since is refused.
    tcp: tree.connects ? tcp : 'refuse',
    ownLock,
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
