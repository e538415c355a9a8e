import { readdirSync } from 'node:fs';
import { hostname, version } from 'node:os';
import { join } from 'node:path';
import { frozenConnections } from '../converters/connections.js';
import { liftTree, type MemoryLifter, noWayBack } from '../converters/index.js';
import { type MachineFacts, withMachine } from '../converters/machine.js';
import { fail } from '../errors.js';
import { clocksNow } from '../host/machine.js';
import { guardRules, guardTable } from '../host/nftables.js';
import { systemIdentity } from '../host/system.js';
import { digestsElsewhere } from '../image-format/bundle/digest.js';
import { GUARD } from '../image-format/bundle/layout.js';
import type {
  Manifest,
  PolicyFifo,
  PolicyFile,
  PolicyFolder,
  TreePolicy,
} from '../image-format/bundle/manifest.js';
import type { Signer } from '../image-format/bundle/signature.js';
import { completeManifest, writeBundle } from '../image-format/bundle/write-bundle.js';
import type { BundlePayload } from '../image-format/bundle/write-payloads.js';
import { scanImageSet } from '../image-format/criu/read-image-set.js';
import type { Document } from '../image-format/neutral/index.js';
import { makeDocument } from '../image-format/neutral/make-document.js';
import { carryFiles } from './carry-files.js';
import { DEFAULTS } from './check/rule.js';
import { dueTimers } from './due-timers.js';
import type { PageFollower } from './follow-pages.js';
import type { FreezeRequest } from './freeze.js';
import { leaveUsersOf, saveOwnFileSystems } from './leave-users.js';
import type { Dump } from './prepare-freeze.js';
import { withPriorities } from './real-time-priorities.js';
import { fifosInMemory } from './remember-fifos.js';
import { foldersInMemory } from './remember-folders.js';
import { digestPages, type PageMember, takePages } from './take-pages.js';
import type { Workplace } from './workplace.js';

/** A bundle that is complete but for those digests of its pages that were not made yet. */
export interface FilledBundle {
  readonly manifest: Manifest;
  /** Bytes of pages. */
  readonly memory: number;
  /** Digests of page members, by path. For after the seal: those of small files take this thread for as long as they take. */
  readonly digests: () => ReturnType<typeof digestPages>;
}

/**
 * Makes the bundle out of what CRIU wrote while it waits: pages are moved, everything else is lifted into the
 * document. When this returns, every byte of the bundle is on stable storage and every page is accounted for.
 * @param follower has begun digests of page files while CRIU wrote them
 * @param lifters of each tree, have begun to lift while CRIU wrote
 * @param machine this machine, as the trees know it
 */
export async function fillBundle(
  request: FreezeRequest,
  workplace: Workplace,
  dumps: readonly Dump[],
  follower: PageFollower,
  lifters: readonly MemoryLifter[],
  machine: MachineFacts,
): Promise<FilledBundle> {
  refuseNewFiles(dumps);
  const { version: criu } = request.criu;
  await Promise.all(dumps.map(saveOwnFileSystems));
  const lifted = await Promise.all(
    dumps.map(async (dump, index) => {
      const one = liftTree(scanImageSet(dump.images), {
        label: String(index),
        ...{ criu, lifter: lifters[index] },
      });
      return { ...one, tree: withPriorities(await leaveUsersOf(one.tree, dump)) };
    }),
  );
  const identity = systemIdentity();
  for (const [index, { tree }] of lifted.entries()) {
    const loss = noWayBack(tree, identity.kernel, machine);
    if (loss !== undefined)
      throw fail('freeze-no-way-back', { pid: dumps[index]?.root ?? tree.root, reason: loss.reason });
  }
  const document = makeDocument(
    {
      kernel: identity.kernel,
      kernelVersion: version(),
      architecture: lifted[0]?.tree.architecture ?? 'x86-64',
      distribution: identity.distribution,
      hostname: hostname(),
      checkpointer: `criu ${request.criu.version}`,
      bootId: identity.bootId,
      ...(machine.processor?.name === undefined ? undefined : { cpu: machine.processor.name }),
      clocks: clocksNow(),
    },
    lifted.map(({ tree }) => withMachine(tree, machine)),
  );
  const paths = new Map<string, string>();
  const carried = lifted.map(({ tree }, index) => {
    const dump = dumps[index];
    const within = dump?.tree.mounts === undefined ? undefined : dump.root;
    const { options, unasked } = dump?.tree ?? { options: DEFAULTS, unasked: [] };
    return {
      ...carryFiles(tree, String(index), {
        ...{ rules: options.files, unasked, limit: options.ghostLimit },
        ...{ carried: paths, within },
      }),
      folders: foldersInMemory(tree, unasked, within),
      fifos: fifosInMemory(tree, within),
    };
  });
  const due = await Promise.all(lifted.map(({ tree }) => dueTimers(tree)));
  const pages = await takePages(workplace, dumps, lifted, follower);
  const memory = pages.reduce((sum, page) => sum + page.size, 0);
  const left = pages.reduce((sum, page) => sum + page.file.left(page.size), 0);
  const onBytes = progressOf(request, memory, memory - left);
  const waits = ({ size }: PageMember): boolean => left > 0 && !digestsElsewhere(size);
  // These go on beside the syncs, with what time of the processors is left.
  const begun = digestPages(
    pages.filter(page => !waits(page)),
    onBytes,
  );
  begun.catch(() => {});
  const early = left === 0 ? await begun : undefined;
  const createdAt = new Date().toISOString();
  const options = commonOptions(dumps);
  const { kernel, bootId } = identity;
  const manifest = await writeBundle(workplace.bundle, {
    sign: request.sign,
    document,
    payloads: [
      ...guard(request, workplace, dumps, document),
      ...lifted.flatMap(one => one.payloads),
      ...carried.flatMap(one => one.payloads),
    ],
    placed: pages.map(({ path, size }) => ({ path, size, digest: early?.get(path) ?? null })),
    manifest: {
      id: workplace.id,
      name: request.name,
      createdAt,
      origin: { ...identity, criu: request.criu.version },
      options: { ...options, leftRunning: request.leaveRunning },
      trees: lifted.map(({ tree }, index) => ({
        root: tree.root,
        command: dumps[index]?.tree.root.name ?? '',
        processes: tree.processes.length,
        ...policyOf(dumps[index], options, { ...carried[index], dueTimers: due[index] }),
      })),
    },
    history: [{ state: 'frozen', at: createdAt, kernel, bootId }],
    highestNumber: request.leaveRunning ? undefined : highestNumber(document),
  });
  await Promise.all(pages.map(page => page.file.synced()));
  const digests = async (): ReturnType<typeof digestPages> =>
    new Map([...(await digestPages(pages.filter(waits), onBytes)), ...(await begun)]);
  return { manifest, memory, digests };
}

/** The look was before the stop: what was written to a folder since would be deleted with it. */
function refuseNewFiles(dumps: readonly Dump[]): void {
  for (const { root, tree } of dumps)
    for (const folder of tree.emptyFolders) {
      const [file] = readdirSync(folder);
      if (file !== undefined) throw fail('freeze-file-appeared', { pid: root, file: join(folder, file) });
    }
}

type CommonOptions = Pick<Manifest['options'], 'tcp' | 'shellJob'>;

/** What the manifest says of the bundle as a whole: how its first tree was frozen. */
function commonOptions(dumps: readonly Dump[]): CommonOptions {
  const { tcp, shellJob } = dumps[0]?.tree.options ?? DEFAULTS;
  return { tcp, shellJob };
}

/** What the manifest has to say of one tree beside that. */
function policyOf(
  dump: Dump | undefined,
  common: CommonOptions,
  {
    files = [],
    folders = [],
    fifos = [],
    dueTimers = [],
  }: {
    readonly files?: readonly PolicyFile[];
    readonly folders?: readonly PolicyFolder[];
    readonly fifos?: readonly PolicyFifo[];
    readonly dueTimers?: readonly number[] | undefined;
  },
): { readonly policy?: TreePolicy } {
  if (dump === undefined) return {};
  const { options, leaderless, reconnects, closedSockets, journalSockets, processors, socketNames, mounts } =
    dump.tree;
  const policy: TreePolicy = {
    ...(options.tcp === common.tcp ? {} : { tcp: options.tcp }),
    ...(options.shellJob === common.shellJob ? {} : { shellJob: options.shellJob }),
    ...(leaderless && !options.shellJob ? { session: 'leaderless' } : {}),
    ...(reconnects ? { unix: 'external' } : {}),
    ...(closedSockets.length === 0 ? {} : { closedSockets: [...closedSockets] }),
    ...(journalSockets.length === 0 ? {} : { journalSockets: [...journalSockets] }),
    ...(mounts === undefined ? {} : { mounts: { places: [...mounts.places], nulls: [...mounts.nulls] } }),
    ...(processors.length === 0
      ? {}
      : { processors: processors.map(({ mask, tids }) => ({ mask, tids: [...tids] })) }),
    ...(socketNames.length === 0 ? {} : { socketNames: [...socketNames] }),
    ...(folders.length === 0 ? {} : { folders: [...folders] }),
    ...(fifos.length === 0 ? {} : { fifos: [...fifos] }),
    ...(dueTimers.length === 0 ? {} : { dueTimers: [...dueTimers] }),
    ...(files.length === 0 ? {} : { files: [...files] }),
  };
  return Object.keys(policy).length === 0 ? {} : { policy };
}

/**
 * The rules by which the next kernel keeps silent about the connections, as a member of the bundle, so that they stand
 * and fall with it. None for processes that run on: it is their own connections that would be cut.
 */
function guard(
  request: FreezeRequest,
  workplace: Workplace,
  dumps: readonly Dump[],
  document: Document,
): BundlePayload[] {
  const kept = document.trees.filter((_, index) => dumps[index]?.tree.options.tcp === 'established');
  const connections = request.leaveRunning ? [] : frozenConnections(kept);
  if (connections.length === 0) return [];
  const bytes = Buffer.from(guardRules(guardTable(workplace.id), connections));
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

/** Turns bytes digested into events. */
function progressOf(request: FreezeRequest, total: number, before: number): (bytes: number) => void {
  let done = before;
  return bytes => {
    done += bytes;
    request.emit({ type: 'progress', operation: 'freeze', what: 'digests', done, total, unit: 'bytes' });
  };
}
