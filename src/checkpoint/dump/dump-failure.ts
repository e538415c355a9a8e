import { type CkptError, fail } from '../../errors.js';
import { diagnose, failureOf } from '../../host/criu/held-run.js';
import type { CriuExit } from '../../host/criu/start.js';
import { readStat } from '../../host/proc/process.js';
import type { FreezeRequest } from '../request.js';
import { storeTrouble } from '../store/store-trouble.js';
import type { Dump } from './prepare-freeze.js';

/** Why a CRIU ended without a bundle, as far as its log and its end tell; the log is kept in the store. */
export async function dumpFailure(request: FreezeRequest, dump: Dump, exit: CriuExit): Promise<CkptError> {
  const trouble = await storeTrouble(request.store);
  if (trouble !== undefined) return trouble;
  const { version, path } = request.criu;
  const found = await diagnose(
    dump,
    exit,
    { action: 'dump', criu: version },
    { store: request.store, name: `freeze-${request.name}-${dump.root}.log` },
  );
  const names = new Map(dump.tree.processes.map(({ pid, name }) => [pid, name]));
  const otherwise = { unknown: 'criu-dump-failed', silent: 'criu-silent', killed: 'criu-sigkill' } as const;
  const failure = failureOf(found, dump, names, otherwise, { criu: path, version });
  // The kernel lets nobody trace a process that has ended and is still waited for, either (ptrace(2)).
  const ended = failure.code === 'criu-traced' ? endedOf(Number(failure.facts.pid)) : undefined;
  if (ended !== undefined) return fail('freeze-tree-vanished', { pid: ended, name: names.get(ended) ?? '?' });
  return failure.code === 'criu-tcp-connected' && !dump.tree.connects
    ? fail('freeze-connection-appeared', { pid: dump.root })
    : failure;
}

function endedOf(pid: number): number | undefined {
  return 'ZX'.includes(readStat(pid)?.state ?? 'X') ? pid : undefined;
}
