import { type CkptError, fail } from '../../errors.js';
import { endOrStall } from '../../host/criu/stall.js';
import type { CriuExit } from '../../host/criu/start.js';
import { readStat } from '../../host/proc/process.js';
import type { FreezeRequest } from '../request.js';
import { takeBack } from '../store/workplace.js';
import { dumpFailure } from './dump-failure.js';
import type { Dump } from './prepare-freeze.js';
import { freeOfDump } from './undo-dumps.js';

/** Of the trees: all run on; they are in the bundle; a CRIU that hangs may still do either. */
export type Fate = 'open' | 'sealed' | 'held';

export interface Troubled {
  readonly failure: CkptError;
  readonly fate: Fate;
}

/**
 * After the seal: every CRIU sees the bundle in its place and ends its tree, or leaves it running as asked. Where one ended
 * otherwise and everything runs on all the same, the seal is taken back, for nothing may be in a bundle and run as well.
 * @returns what went wrong, undefined when all went
 */
export async function letGo(request: FreezeRequest, dumps: readonly Dump[]): Promise<Troubled | undefined> {
  for (const dump of dumps) dump.hold.release();
  const exits = await Promise.all(dumps.map(({ run }) => endOrStall(run, request.patience)));
  const failed = dumps.findIndex((_, at) => exits[at]?.status !== 0);
  const dump = dumps[failed];
  if (dump === undefined) return undefined;
  const { name } = request;
  const exit = exits[failed];
  if (exit === undefined) {
    const problem = 'CRIU does nothing and does not end';
    return { fate: 'held', failure: fail('freeze-after-seal', { name, pids: pidsOf(dumps), problem }) };
  }
  const failure = await dumpFailure(request, dump, exit);
  await Promise.all(dumps.map((one, at) => (isKilled(exits[at]) ? freeOfDump(one) : undefined)));
  const running = dumps.filter(({ root }) => runs(root));
  if (running.length === dumps.length && exits.every(one => one !== undefined && one.status !== 0)) {
    await takeBack(request.prepared.workplace);
    return { fate: 'open', failure };
  }
  if (running.length === 0 || request.leaveRunning)
    return {
      fate: 'sealed',
      failure: fail('freeze-after-seal', { name, pids: pidsOf(dumps), problem: failure.why }),
    };
  const gone = dumps.filter(one => !running.includes(one));
  const facts = { name, running: pidsOf(running), gone: pidsOf(gone), problem: failure.why };
  return { fate: 'sealed', failure: fail('freeze-half-gone', facts) };
}

function isKilled(exit: CriuExit | undefined): boolean {
  return exit !== undefined && exit.status === undefined;
}

function runs(pid: number): boolean {
  const state = readStat(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function pidsOf(dumps: readonly Dump[]): string {
  return dumps.map(({ root }) => root).join(' ');
}
