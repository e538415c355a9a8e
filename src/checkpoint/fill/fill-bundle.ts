import { readdirSync } from 'node:fs';
import { hostname, version } from 'node:os';
import { join } from 'node:path';
import { frozenConnections } from '../../converters/connections.js';
import { type LiftedTree, liftTree, type MemoryLifter, noWayBack } from '../../converters/index.js';
import { type MachineFacts, withMachine } from '../../converters/machine.js';
import { fail } from '../../errors.js';
import { clocksNow } from '../../host/machine.js';
import { guardRules, guardTable } from '../../host/nftables.js';
import { readConnections } from '../../host/sockets/index.js';
import { type SystemIdentity, systemIdentity } from '../../host/system.js';
import { GUARD } from '../../image-format/bundle/layout.js';
import type { Manifest } from '../../image-format/bundle/manifest.js';
import type { Signer } from '../../image-format/bundle/signature.js';
import { completeManifest, writeBundle } from '../../image-format/bundle/write-bundle.js';
import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import { scanImageSet } from '../../image-format/criu/read-image-set.js';
import type { Document } from '../../image-format/neutral/index.js';
import { makeDocument } from '../../image-format/neutral/make-document.js';
import type { Dump } from '../dump/prepare-freeze.js';
import { leaveUsersOf, saveOwnFileSystems } from '../remember/leave-users.js';
import { withPriorities } from '../remember/real-time-priorities.js';
import { remember } from '../remember/remember.js';
import type { FreezeRequest } from '../request.js';
import type { Workplace } from '../store/workplace.js';
import type { PageFollower } from './follow-pages.js';
import { type StartedDigests, startDigests } from './start-digests.js';
import { takePages } from './take-pages.js';
import { commonOptions, policyOf } from './tree-policy.js';
import { urgentData } from './urgent-data.js';

/** What CRIU wrote while it holds the trees, and what was begun beside it. */
export interface Written {
  readonly dumps: readonly Dump[];
  /** One for each dump. They have begun to lift while CRIU wrote. */
  readonly lifters: readonly MemoryLifter[];
  /** Has begun digests of page files while CRIU wrote them. */
  readonly follower: PageFollower;
  /** This machine, as the trees know it. */
  readonly machine: MachineFacts;
}

/** A bundle that is complete but for those digests of its pages that were not made yet. */
export interface FilledBundle {
  readonly manifest: Manifest;
  /** Bytes of pages. */
  readonly memory: number;
  /** Digests of page members, by path. For after the seal: those of small files take this thread for as long as they take. */
  readonly digests: StartedDigests['finish'];
}

/** A tree in both forms. */
interface FrozenTree extends LiftedTree {
  readonly dump: Dump;
}

/**
 * Makes the bundle out of what CRIU wrote while it waits: pages are moved, everything else is lifted into the
 * document. When this returns, every byte of the bundle is on stable storage and every page is accounted for. Throws
 * `freeze-file-appeared`, `freeze-no-way-back`, `freeze-urgent-data`, `freeze-pages-short` and what lifting an image throws.
 */
export async function fillBundle(request: FreezeRequest, written: Written): Promise<FilledBundle> {
  const { dumps, machine, follower } = written;
  const { workplace } = request.prepared;
  refuseNewFiles(dumps);
  await Promise.all(dumps.map(saveOwnFileSystems));
  const frozen = await liftAll(request, written);
  const system = systemIdentity();
  refuseOneWay(frozen, system, machine);
  refuseUrgentData(frozen);
  const document = documentOf(request, frozen, system, machine);
  const trees = await remember(frozen, [request.store, workplace.path]);
  const pages = await takePages(workplace, dumps, frozen, follower);
  const { memory, ready, finish } = await startDigests(pages, request.emit);
  const createdAt = new Date().toISOString();
  const options = commonOptions(dumps);
  const manifest = await writeBundle(workplace.bundle, {
    sign: request.sign,
    document,
    payloads: [
      ...guard(request, frozen, document),
      ...trees.flatMap(({ payloads }) => payloads),
      ...trees.flatMap(({ carried }) => carried),
    ],
    placed: pages.map(({ path, size }) => ({ path, size, digest: ready?.get(path) ?? null })),
    manifest: {
      id: workplace.id,
      name: request.name,
      createdAt,
      origin: { ...system, criu: request.criu.version },
      options: { ...options, leftRunning: request.leaveRunning },
      trees: trees.map(({ dump, tree, remembered }) => ({
        root: tree.root,
        command: dump.tree.root.name,
        processes: tree.processes.length,
        ...policyOf(dump, options, remembered),
      })),
    },
    history: [{ state: 'frozen', at: createdAt, kernel: system.kernel, bootId: system.bootId }],
    highestNumber: request.leaveRunning ? undefined : highestNumber(document),
  });
  await Promise.all(pages.map(page => page.file.synced()));
  return { manifest, memory, digests: finish };
}

/** The look was before the stop: what was written to a folder since would be deleted with it. */
function refuseNewFiles(dumps: readonly Dump[]): void {
  for (const { root, tree } of dumps)
    for (const folder of tree.emptyFolders) {
      const [file] = readdirSync(folder);
      if (file !== undefined) throw fail('freeze-file-appeared', { pid: root, file: join(folder, file) });
    }
}

/** A tree's label, by which its members are told from those of others, is its place among the trees. */
function liftAll({ criu }: FreezeRequest, { dumps, lifters }: Written): Promise<readonly FrozenTree[]> {
  return Promise.all(
    dumps.map(async (dump, index) => {
      const how = { label: String(index), criu: criu.version, lifter: lifters[index] };
      const { tree, payloads } = liftTree(scanImageSet(dump.images), how);
      const whole = withPriorities(await leaveUsersOf(tree, dump));
      return { dump, payloads, tree: dump.ownLock ? lockedByUs(whole) : whole };
    }),
  );
}

/** Which rules keep its connections silent, as who thaws it reads that: those that a dump without a run's name makes. */
function lockedByUs(tree: LiftedTree['tree']): LiftedTree['tree'] {
  if (tree.capture === undefined) return tree;
  const { runId: _, ...capture } = tree.capture;
  return { ...tree, capture: { ...capture, networkLock: 'nftables' } };
}

/** What could not even come back here and now is not frozen. */
function refuseOneWay(
  frozen: readonly FrozenTree[],
  { kernel }: SystemIdentity,
  machine: MachineFacts,
): void {
  for (const { dump, tree } of frozen) {
    const loss = noWayBack(tree, kernel, machine);
    if (loss !== undefined) throw fail('freeze-no-way-back', { pid: dump.root, reason: loss.reason });
  }
}

/** The trees stand still, and no packets come in: it can only be seen now. */
function refuseUrgentData(frozen: readonly FrozenTree[]): void {
  for (const { dump, tree } of frozen) {
    if (!tree.openFiles.some(file => file.kind === 'inet-socket' && file.tcp !== undefined)) continue;
    const found = urgentData(tree, readConnections(dump.root));
    if (found !== undefined) throw fail('freeze-urgent-data', { pid: dump.root, found });
  }
}

function documentOf(
  { criu }: FreezeRequest,
  frozen: readonly FrozenTree[],
  system: SystemIdentity,
  machine: MachineFacts,
): Document {
  const origin = {
    kernel: system.kernel,
    kernelVersion: version(),
    architecture: frozen[0]?.tree.architecture ?? 'x86-64',
    distribution: system.distribution,
    hostname: hostname(),
    checkpointer: `criu ${criu.version}`,
    bootId: system.bootId,
    ...(machine.processor?.name === undefined ? undefined : { cpu: machine.processor.name }),
    clocks: clocksNow(),
  };
  return makeDocument(
    origin,
    frozen.map(({ tree }) => withMachine(tree, machine)),
  );
}

/**
 * The rules by which the next kernel keeps silent about the connections, as a member of the bundle, so that they stand
 * and fall with it. None for processes that run on: it is their own connections that would be cut.
 */
function guard(
  { leaveRunning, prepared }: FreezeRequest,
  frozen: readonly FrozenTree[],
  document: Document,
): BundlePayload[] {
  if (leaveRunning) return [];
  const kept = document.trees.filter((_, index) => frozen[index]?.dump.tree.options.tcp === 'established');
  const connections = frozenConnections(kept);
  if (connections.length === 0) return [];
  const bytes = Buffer.from(guardRules(guardTable(prepared.workplace.id), connections));
  return [{ member: GUARD, parts: [{ in: 'memory', bytes }] }];
}

/** Of the numbers that tasks, sessions and process groups of the machine's PID namespace have. */
function highestNumber({ trees }: Document): number {
  // A tree whose root is init there has a PID namespace of its own.
  const numbered = trees.filter(({ root }) => root !== 1).flatMap(({ processes }) => processes);
  return numbered.reduce(
    (highest, { pid, session, group, threads }) =>
      threads.reduce((most, { tid }) => Math.max(most, tid), Math.max(highest, pid, session, group)),
    0,
  );
}

/** After the seal: puts the digests of the pages into the manifest, if they are not there yet. */
export async function completeDigests(
  workplace: Workplace,
  { manifest, digests }: FilledBundle,
  sign: Signer,
): Promise<void> {
  if (manifest.members.every(member => member.digest !== null)) return;
  await completeManifest(workplace.target, manifest, await digests(), () => {}, workplace.path, sign);
}
