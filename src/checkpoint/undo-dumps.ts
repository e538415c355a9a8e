import { undoAll } from '../host/criu/held-run.js';
import { freeConnections, standStill } from '../host/criu/killed-dump.js';
import { endHung } from '../host/criu/stall.js';
import type { Dump } from './prepare-freeze.js';

/** Lets every tree run on, also one whose CRIU was killed, or hangs and has to be ended. */
export async function undoDumps(dumps: readonly Dump[], patience: number): Promise<void> {
  await undoAll(dumps, patience, {
    killed: freeOfDump,
    end: async dump => {
      const { root, processes } = dump.tree;
      const stopped = processes.filter(({ state }) => state === 'T' || state === 't');
      const goOn = standStill(root.pid, new Set(stopped.map(({ pid }) => pid)));
      try {
        endHung(dump.run);
        await dump.run.exit;
        await freeOfDump(dump);
      } finally {
        goOn();
      }
    },
  });
}

/** What a CRIU that was killed leaves in the kernel for the connections of its tree goes. */
export async function freeOfDump({ tree, root }: Dump): Promise<void> {
  if (tree.connects) await freeConnections(root);
}
