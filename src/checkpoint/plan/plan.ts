import { fail } from '../../errors.js';
import type { BoundThreads } from '../../host/bind-threads.js';
import type { KeptMounts } from '../../host/criu/mounts.js';
import { portOf, type SetSocket } from '../../host/sockets/index.js';
import type { PolicySocketName } from '../../image-format/bundle/manifest.js';
import {
  actionFor,
  type CheckOptions,
  foldersToStayEmpty,
  isLeftBehind,
  judgeFreeze,
  type LooseOwners,
  leavesUsers,
  listenersOf,
  lossesOf,
  mountsToKeep,
  refuseBlocked,
  refuseUnknownBreaks,
  type SeenTree,
  type Side,
  sendsToSystem,
  socketsOfJournal,
  socketsToClose,
  sysvOfMachine,
} from '../check/index.js';
import { boundThreads } from './bound-threads.js';
import { isCrowded } from './crowded.js';
import { type Asked, mayConnect } from './may-connect.js';
import { namesOfSockets } from './names-of-sockets.js';
import { optionsOfSockets } from './options-of-sockets.js';
import type { TargetTree } from './targets.js';
import { newKernelWarning, thawSide } from './thaw-side.js';

/** A tree to freeze, and how. */
export interface PlannedTree extends TargetTree {
  readonly options: CheckOptions;
  /** Whether it may have TCP connections; true where nobody looked. */
  readonly connects: boolean;
  /** Whether it has more connections than many a CRIU can keep silent itself; undefined where nobody looked. */
  readonly crowded: boolean | undefined;
  /** Inodes of unix sockets that come back as closed at the other end. */
  readonly closedSockets: readonly number[];
  /** Inodes of unix sockets that are connected to the system's journal again. */
  readonly journalSockets: readonly number[];
  /** Whether datagram sockets are connected to the ones outside again that they send to, by name. */
  readonly reconnects: boolean;
  /** Threads that are bound to some processors. */
  readonly processors: readonly BoundThreads[];
  /** Names of unix sockets' files that were renamed since they were bound. */
  readonly socketNames: readonly PolicySocketName[];
  /** What was set on its sockets, and CRIU forgets. */
  readonly socketOptions: readonly SetSocket[];
  /** Its PID files, which come along although nobody may have them open. */
  readonly pidFiles: readonly string[];
  /** Files that a boot takes away and nobody takes along, as far as somebody was told of them; undefined where nobody looked. */
  readonly leftBehind: readonly string[] | undefined;
  /** Whose temporary files come along although it does not have them open; undefined where nobody looked. */
  readonly looseOwners: LooseOwners | undefined;
  /** For a tree with mounts of its own. */
  readonly mounts?: KeptMounts | undefined;
  /** Of a tree that is frozen as if it had no user namespace of its own: which of its namespaces CRIU is sent to. */
  readonly leftUsers?: LeftUsers | undefined;
  /** Its listening TCP sockets in the machine's network. */
  readonly listeners: readonly Listener[];
  /** Whether it uses System V objects of the machine's IPC namespace, which CRIU is to take for the tree's own. */
  readonly ownsIpc: boolean;
  /** Folders in which no file may have appeared once the tree stands still. */
  readonly emptyFolders: readonly string[];
}

export interface Listener {
  readonly inode: number;
  readonly port: number;
}

/** Kinds of namespaces that the tree has of its own, and that ckpt writes down in the place of CRIU. */
export interface LeftUsers {
  readonly mounts: boolean;
  readonly hostname: boolean;
}

export interface FreezePlan {
  readonly trees: readonly PlannedTree[];
  /** What will be lost, a line each. */
  readonly warnings: readonly string[];
}

/** What a plan depends on beside the trees. */
export interface PlanRequest {
  /** Version of the CRIU that freezes them. */
  readonly criu: string;
  /** Where they will be thawed, as far as that is known: versions. */
  readonly thaw: Side;
  /** How a tree is to be frozen, by the PID of its root. */
  readonly optionsOf: (root: number) => CheckOptions;
  /** Ties named on the command line, which must exist. */
  readonly breaks: readonly string[];
  /** Nothing that was seen stands against it. */
  readonly unchecked: boolean;
}

/**
 * How to freeze trees, from what was seen of them (undefined: nobody looked). Pure. Throws what stands against it:
 * `freeze-blocked` (not where it is `unchecked`), `break-unknown`, `file-rule-elsewhere`.
 */
export function planFreeze(
  trees: readonly TargetTree[],
  seen: readonly SeenTree[] | undefined,
  request: PlanRequest,
): FreezePlan {
  const { criu, thaw, optionsOf, breaks, unchecked } = request;
  const seenByRoot = new Map((seen ?? []).map(tree => [tree.root, tree]));
  const planned = trees.map((tree): PlannedTree => {
    const options = optionsOf(tree.root.pid);
    const known = seenByRoot.get(tree.root.pid);
    if (known !== undefined) refuseRulesElsewhere(known, options);
    return {
      ...tree,
      options,
      connects: known === undefined || mayConnect(tree, asked(known)),
      crowded: options.tcp !== 'established' ? false : known === undefined ? undefined : isCrowded(known),
      closedSockets: known === undefined ? [] : socketsToClose(known, options),
      journalSockets: known === undefined ? [] : socketsOfJournal(known),
      reconnects: options.unix === 'external' || (known !== undefined && sendsToSystem(known)),
      processors: known === undefined ? [] : boundThreads(known),
      socketNames: known === undefined ? [] : namesOfSockets(known),
      socketOptions: known === undefined ? [] : optionsOfSockets(known),
      pidFiles: known?.pidFiles ?? [],
      leftBehind: known === undefined ? undefined : leftBehind(known, options),
      looseOwners: known?.looseOwners,
      mounts: known === undefined ? undefined : mountsToKeep(known),
      leftUsers: known === undefined ? undefined : leftUsers(known),
      listeners: known === undefined ? [] : ownListeners(known),
      ownsIpc: known !== undefined && sysvOfMachine(known).length > 0,
      emptyFolders: known === undefined ? [] : foldersToStayEmpty(known),
    };
  });
  const ofCriu = [newKernelWarning(thaw, criu)].filter(warning => warning !== undefined);
  if (seen === undefined) return { trees: planned, warnings: ofCriu };
  refuseUnknownBreaks(seen, breaks);
  const verdicts = judgeFreeze(seen, criu, thawSide(thaw, criu), optionsOf);
  if (!unchecked) refuseBlocked(verdicts);
  return { trees: planned, warnings: [...ofCriu, ...idleRules(planned, seen), ...lossesOf(verdicts)] };
}

function ownListeners({ members, root, snapshot }: SeenTree): readonly Listener[] {
  if (snapshot.namespaces.get(root)?.net !== snapshot.ownNamespaces.net) return [];
  return listenersOf(members, snapshot).map(({ inode, local }) => ({ inode, port: Number(portOf(local)) }));
}

function leftUsers(known: SeenTree): LeftUsers | undefined {
  if (!leavesUsers(known)) return undefined;
  const others = known.ownUsers?.others ?? [];
  return { mounts: others.includes('mnt'), hostname: others.includes('uts') };
}

/** Paths of what the tree has open or mapped, a boot takes away, and nobody takes along. */
function leftBehind({ members, processes }: SeenTree, options: CheckOptions): readonly string[] {
  const used = members.flatMap(pid => processes.get(pid)?.goneAtBoot ?? []);
  return used.filter(file => isLeftBehind(file, options)).map(({ path }) => path);
}

/** A path means another file in a container; keeping files there is all that can be had. */
function refuseRulesElsewhere(tree: SeenTree, options: CheckOptions): void {
  const { namespaces, ownNamespaces } = tree.snapshot;
  if (options.files.length === 0 || namespaces.get(tree.root)?.mnt === ownNamespaces.mnt) return;
  // With the machine's root most paths mean the same; each is looked at when its file is carried.
  if (tree.ownMounts?.sameRoot) return;
  throw fail('file-rule-elsewhere', { pid: tree.root, pattern: options.files[0]?.pattern ?? '' });
}

/** A pattern that fits no file may be a slip of the pen, and what was to be carried along is not. */
function idleRules(planned: readonly PlannedTree[], seen: readonly SeenTree[]): readonly string[] {
  const paths = seen.flatMap(tree =>
    tree.members.flatMap(pid => {
      const process = tree.processes.get(pid);
      return [
        ...(process?.files ?? []).map(file => file.target),
        ...(process?.mappings ?? []).map(m => m.path),
      ];
    }),
  );
  const rules = new Set(planned.flatMap(tree => tree.options.files));
  return [...rules]
    .filter(rule => !paths.some(path => actionFor([rule], path) === rule.action))
    .filter(rule => rule.action !== 'keep')
    .map(rule => `no open file fits ${rule.pattern}, so nothing is done for it (--file)`);
}

function asked({ snapshot: { descriptors, namespaces, ownNamespaces } }: SeenTree): Asked {
  return {
    descriptorsOf: pid => descriptors.get(pid) ?? [],
    hasOwnNetwork: pid => (namespaces.get(pid)?.net ?? ownNamespaces.net) !== ownNamespaces.net,
  };
}
