import { absentAddresses, temporaryAddresses } from '../../host/addresses.js';
import {
  ancestors as findAncestors,
  frozenGroups,
  hasCapability,
  hasSecurityLabels,
  readCgroup,
  readInterfaces,
  readStat,
  readThread,
  type Snapshot,
  type Task,
  takeSnapshot,
} from '../../host/proc/index.js';
import { portOf, readSigned, readTranslated } from '../../host/sockets/index.js';
import { lingeringUsers } from '../../host/systemd/login-folders.js';
import { type Service, serviceOf } from '../../host/systemd/service.js';
import { type UserService, userServiceOf } from '../../host/systemd/user-service.js';
import { findClosure } from '../closure/index.js';
import { askKernel } from './ask.js';
import { findSharers, readProtocols } from './ask-kin.js';
import { boundAddress, isConnection } from './bound-address.js';
import { membersByRoot, tiesByRoot } from './by-root.js';
import {
  leftToKernel,
  neglectedListeners,
  stillWatched,
  unreadClients,
  vanishedSockets,
} from './look-again.js';
import { looseEntries, looseOf, looseOwners } from './loose-files.js';
import { mountReader, ownMountsOf } from './mounts-of.js';
import { seeOwnUsers } from './own-users.js';
import { pidFiles } from './pid-files.js';
import { factsOf, type Surroundings } from './process-facts.js';
import type { ProcessFacts, SeenTree } from './rule.js';
import { socketsOf } from './sockets-of.js';
import { findStuckThreads, readThreads } from './threads.js';

/** linux/capability.h. */
const CAP_SYS_RESOURCE = 24;

/**
 * Looks at the trees of these PIDs. Stops and changes nothing. One entry for each tree. `tasks` is for whoever has just
 * listed all processes.
 */
export async function gatherFacts(
  pids: readonly number[],
  tasks?: readonly Task[],
): Promise<readonly SeenTree[]> {
  const snapshot = await takeSnapshot(pids, 'everything', tasks);
  // Others answer while this thread is busy with the closure.
  const asking = askOthers(snapshot);
  const closure = findClosure(snapshot);
  const { services, userServices, ofProcesses, ofMachine } = await asking;
  const members = membersByRoot(snapshot);
  const around = { ...ofProcesses, ...surroundings(snapshot, members) };
  const processes = factsByPid(around);
  const shared = {
    ...{ ...ofMachine, snapshot, processes },
    frozenUnits: new Set([...services.values()].flatMap(service => service?.unit ?? [])),
    frozenGroups: frozenGroupsOf(snapshot),
    lingering: lingeringUsers(),
    own: ownFacts(snapshot),
  };
  const ties = tiesByRoot(closure, members);
  const numbered = pidFiles();
  const trees = snapshot.roots.map(root => ({
    root,
    members: living(root, members.get(root) ?? [], snapshot),
  }));
  return withLooseFiles(trees, shared).map(tree => ({
    ...{ ...shared, ...tree },
    ties: ties.get(tree.root) ?? [],
    service: services.get(tree.root),
    userService: userServices.get(tree.root),
    pidFiles: tree.members.flatMap(pid =>
      processes.get(pid)?.task.namespacePids.length === 1 ? (numbered.get(pid) ?? []) : [],
    ),
    interfaces: interfacesOf(tree.members, snapshot),
    ownUsers: seeOwnUsers(tree.root, tree.members, snapshot),
    ...ownMountsOf(tree.root, tree.members, snapshot, around.mountsOf),
  }));
}

/** All trees at once: who looks through the folders for temporary files does so once. */
function withLooseFiles<T extends Pick<SeenTree, 'members'>>(
  trees: readonly T[],
  { snapshot, processes }: Pick<SeenTree, 'snapshot' | 'processes'>,
): readonly (T & Pick<SeenTree, 'looseOwners' | 'looseFiles'>)[] {
  const owned = trees.map(tree => ({
    ...tree,
    looseOwners: looseOwners(tree.members.flatMap(pid => snapshot.processes.get(pid) ?? [])),
  }));
  const entries = looseEntries(owned.map(tree => tree.looseOwners));
  return owned.map(tree => {
    const open = tree.members.flatMap(pid => processes.get(pid)?.goneAtBoot.map(({ path }) => path) ?? []);
    return { ...tree, looseFiles: looseOf(entries, tree.looseOwners, new Set(open)) };
  });
}

/** What the kernel, perl and systemd are asked, all at once; and again, where the answers do not fit together. */
async function askOthers(snapshot: Snapshot) {
  const threads = readThreads(snapshot);
  const tcp = socketsOf(snapshot.targets, snapshot).filter(({ protocol }) => protocol === 'tcp');
  const [stuck, protocols, sharers, answers, services, userServices, translated, signed, temporary, absent] =
    await Promise.all([
      findStuckThreads([...threads.values()].flat()),
      readProtocols(snapshot),
      findSharers(snapshot),
      askKernel(snapshot),
      servicesOf(snapshot.roots),
      userServicesOf(snapshot.roots),
      // The table of a busy router is long: it is read only for who has connections.
      tcp.some(({ state }) => state === 'established') ? readTranslated() : new Map<string, string>(),
      readSigned(new Set(tcp.map(({ local }) => Number(portOf(local))))),
      temporaryAddresses(),
      addressesAbsent(snapshot),
    ]);
  const [vanished, watched, neglected, unread, ownerless] = await Promise.all([
    vanishedSockets(snapshot, protocols),
    stillWatched(answers.watchedElsewhere),
    neglectedListeners(snapshot),
    unreadClients(snapshot),
    leftToKernel(snapshot),
  ]);
  return {
    ...{ services, userServices },
    ofProcesses: { threads, stuck, protocols, sharers, answers, vanished, watched },
    ofMachine: { neglected, unread, ownerless, translated, signed, temporary, absent },
  };
}

/** The addresses that CRIU will not get for sockets in the machine's network. It binds IPv6 with IP_FREEBIND, but for connections. */
async function addressesAbsent(snapshot: Snapshot): Promise<SeenTree['absent']> {
  const { targets, namespaces, ownNamespaces } = snapshot;
  const here = targets.filter(pid => namespaces.get(pid)?.net === ownNamespaces.net);
  const sockets = socketsOf(here, snapshot);
  const [bind, connect] = await Promise.all(
    (['bind', 'connect'] as const).map(wanted => {
      const own = sockets.filter(socket => (wanted === 'connect') === isConnection(socket));
      return absentAddresses(
        own.flatMap(socket => boundAddress(socket) ?? []),
        wanted,
      );
    }),
  );
  return { bind: bind ?? new Set(), connect: connect ?? new Set() };
}

async function servicesOf(roots: readonly number[]): Promise<ReadonlyMap<number, Service | undefined>> {
  // Where systemd does not answer, a freeze says so.
  const ask = (root: number): Promise<Service | undefined> => serviceOf(root).catch(() => undefined);
  return new Map(await Promise.all(roots.map(async root => [root, await ask(root)] as const)));
}

async function userServicesOf(
  roots: readonly number[],
): Promise<ReadonlyMap<number, UserService | undefined>> {
  return new Map(await Promise.all(roots.map(async root => [root, await userServiceOf(root)] as const)));
}

function frozenGroupsOf({ targets, cgroups }: Snapshot): ReadonlySet<string> {
  return frozenGroups(targets.flatMap(pid => cgroups.get(pid) ?? []));
}

function surroundings(snapshot: Snapshot, members: ReadonlyMap<number, readonly number[]>) {
  return {
    snapshot,
    usualProcessors: readThread(1, 1)?.processors ?? '',
    mountsOf: mountReader(snapshot),
    labelled: hasSecurityLabels(),
    rootOf: new Map([...members].flatMap(([root, pids]) => pids.map(pid => [pid, root] as const))),
  };
}

function factsByPid(around: Surroundings): ReadonlyMap<number, ProcessFacts> {
  const { targets, processes } = around.snapshot;
  const tasks = targets.flatMap(pid => processes.get(pid) ?? []);
  return new Map(tasks.map(task => [task.pid, factsOf(task, around)]));
}

/** Of who has ended meanwhile, what was read last says nothing: links that are gone look like those of other places. */
function living(root: number, members: readonly number[], { processes }: Snapshot): readonly number[] {
  const hasEndedSince = (pid: number): boolean => {
    const state = readStat(pid)?.state ?? 'X';
    return 'ZX'.includes(state) && processes.get(pid)?.state !== 'Z';
  };
  return members.filter(pid => pid === root || !hasEndedSince(pid));
}

function ownFacts(snapshot: Snapshot): SeenTree['own'] {
  return {
    uid: process.getuid?.() ?? 0,
    cgroup: readCgroup(process.pid) ?? '/',
    capSysResource: hasCapability(CAP_SYS_RESOURCE),
    ancestors: ownAncestors(snapshot),
  };
}

/** PIDs of whoever this ckpt runs below, nearest first. */
function ownAncestors({ processes }: Snapshot): readonly number[] {
  const parent = processes.get(process.ppid);
  return parent === undefined ? [] : [parent, ...findAncestors(parent.pid, processes)].map(({ pid }) => pid);
}

function interfacesOf(
  members: readonly number[],
  { namespaces, ownNamespaces }: Snapshot,
): readonly string[] {
  const places = new Map(members.map(pid => [namespaces.get(pid)?.net, pid]));
  places.delete(undefined);
  places.delete(ownNamespaces.net);
  return [...places.values()].flatMap(pid => readInterfaces(pid)).filter(name => name !== 'lo');
}
