import { undoAll } from '../../host/criu/held-run.js';
import { endHolder, freeConnections } from '../../host/criu/killed-dump.js';
import { below, endHung } from '../../host/criu/stall.js';
import type { Dump } from './prepare-freeze.js';

/** Lets every tree run on, also one whose CRIU was killed, or hangs and has to be ended. */
export async function undoDumps(dumps: readonly Dump[], patience: number): Promise<void> {
  await undoAll(dumps, patience, {
    killed: freeOfDump,
    end: async ({ tree, root, run }) => {
      const stopped = tree.processes.filter(({ state }) => state === 'T' || state === 't');
      const wasStopped = new Set(stopped.map(({ pid }) => pid));
      const ended = tree.connects && (await endHolder(root, [run.pid, ...below(run.pid)], wasStopped));
      if (!ended) endHung(run);
      await run.exit;
    },
  });
}

/** What a CRIU that was killed leaves in the kernel for the connections of its tree goes. */
export async function freeOfDump({ tree, root }: Dump): Promise<void> {
  if (tree.connects) await freeConnections(root);
}
