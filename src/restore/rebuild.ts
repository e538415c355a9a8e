import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CkptError, fail } from '../errors.js';
import { inheritedFiles, restoreArguments, type TcpPolicy } from '../host/criu/arguments.js';
import {
  diagnose,
  failureOf,
  firstEnded,
  type HeldRun,
  keepLog,
  undoAll,
  untilAllHold,
} from '../host/criu/held-run.js';
import { makeHold } from '../host/criu/hold.js';
import { endHalfBuilt } from '../host/criu/killed-restore.js';
import { endHung } from '../host/criu/stall.js';
import { type CriuExit, startCriu } from '../host/criu/start.js';
import { refuseLedElsewhere } from './led-elsewhere.js';
import { missingProcess, type Numbering, numbersHere } from './preflight.js';
import type { ThawRequest } from './request.js';
import type { Unfolded, UnfoldedTree } from './unfold.js';

/** One tree being rebuilt. */
export interface Restore extends HeldRun {
  readonly tree: UnfoldedTree;
}

/** One that is whole, and waits to be told to run. */
export interface Rebuilt extends Restore {
  /** How this system numbers its processes. */
  readonly here: Numbering;
}

/** What was asked for now, else what was asked for at the freeze: for this tree, or for all. */
export function tcpOf(request: ThawRequest, { policy }: UnfoldedTree): TcpPolicy {
  return request.tcp ?? policy.tcp ?? request.bundle.manifest.options.tcp;
}

/** Starts a CRIU for each tree. All that were started are in `started`, also where another one could not be, which throws. */
export async function startRestores(
  request: ThawRequest,
  unfolded: Unfolded,
  started: Restore[],
): Promise<void> {
  const { options } = request.bundle.manifest;
  const verdict = { goal: unfolded.goal, proof: unfolded.proof };
  await writeFile(unfolded.proof, '', { mode: 0o600 });
  const attempts = await Promise.allSettled(
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
      started.push({ tree, root: tree.root, log, hold, run });
    }),
  );
  for (const attempt of attempts) if (attempt.status === 'rejected') throw attempt.reason;
  started.sort((a, b) => unfolded.trees.indexOf(a.tree) - unfolded.trees.indexOf(b.tree));
}

/** Waits until every tree is rebuilt, with every process that belongs to it. */
export async function untilRebuilt(
  request: ThawRequest,
  restores: readonly Restore[],
): Promise<readonly Rebuilt[]> {
  const early = await untilAllHold(restores, request.abort, request.patience);
  if (early) throw await restoreFailure(request, early.run, early.exit);
  // To be asked before anything is decided: a root that ends takes the numbers with it.
  const rebuilt = await Promise.all(
    restores.map(async one => ({
      ...one,
      here: one.tree.apart ? numbersHere(await one.hold.reached) : same,
    })),
  );
  for (const one of rebuilt) {
    const pid = missingProcess(one.tree, one.here);
    if (pid !== undefined) throw fail('thaw-process-missing', { pid, log: await keptLog(request, one) });
    refuseLedElsewhere(one.tree.opened, one.here);
  }
  return rebuilt;
}

const same: Numbering = pid => pid;

/** Who was killed while it waited for us lets nobody run. */
export async function refuseEnded(request: ThawRequest, restores: readonly Restore[]): Promise<void> {
  const ended = await firstEnded(restores);
  if (ended) throw await restoreFailure(request, ended.run, ended.exit);
}

/** Has what was rebuilt taken down again; by hand where CRIU was killed, or hangs. */
export async function undoRestores(
  restores: readonly Restore[],
  work: string,
  patience: number,
): Promise<void> {
  const end = ({ run, tree: { apart, ids, names, root } }: Restore): Promise<void> =>
    endHalfBuilt({ run, work, ids: apart ? [] : ids, init: apart ? names.get(root) : undefined });
  await undoAll(restores, patience, {
    killed: end,
    end: async restore => {
      endHung(restore.run);
      await restore.run.exit;
      await end(restore);
    },
  });
}

/** Puts CRIU's log where it outlives the thaw's work directory. */
export function keptLog({ store, bundle }: ThawRequest, { log, root }: Restore): Promise<string> {
  return keepLog(log, store, `thaw-${bundle.name}-${root}.log`);
}

/** Why a CRIU ended before its tree ran, as far as its log and its end tell; the log is kept in the store. */
export async function restoreFailure(
  request: ThawRequest,
  restore: Restore,
  exit: CriuExit,
): Promise<CkptError> {
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
