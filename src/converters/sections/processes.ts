/** Processes and threads: put together from pstree, core and ids images. */
import { fail } from '../../errors.js';
import type { WireMessage } from '../../image-format/criu/image-set.js';
import { hasEnded } from '../../image-format/neutral/has-ended.js';
import type { Limits, Process, Thread } from '../../image-format/neutral/index.js';
import { PartPool } from '../../image-format/neutral/share-parts.js';
import { architectures, LIMIT_NAMES, NO_LIMIT } from '../../image-format/neutral/words/processes.js';
import { compact, type ImageIndex, inner, many } from '../image-index.js';
import { aarch64Registers } from '../shapes/aarch64.js';
import * as shapes from '../shapes/processes.js';
import { x86Registers } from '../shapes/registers.js';
import { named, signalMask } from '../shapes/reps.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import type { Section } from './section.js';
import { lowerSignalTable } from './signals.js';

const architecture = named(architectures);
/** Most processes and threads of a tree: the images of more would take too much memory. */
const MOST_TASKS = 131_072;

function tasksOf(entry: WireMessage): number {
  return Math.max(1, many<number>(entry, 'threads').length);
}

export const processes: Section<'processes' | 'root' | 'architecture'> = {
  lift(images) {
    const pool = new PartPool();
    const tasks = images.records('pstree').reduce((sum, { message }) => sum + tasksOf(message), 0);
    if (tasks > MOST_TASKS)
      throw fail('image-excessive', { where: 'pstree.img', detail: `it names ${tasks} tasks` });
    const list = images.records('pstree').map(({ message }) => pool.share(liftProcess(message, images)));
    const root = list[0]?.pid ?? 0;
    const mtype = images.first('core', root)?.mtype ?? 1;
    return { processes: list, root, architecture: architecture.lift(mtype) };
  },

  lower(tree, out) {
    const tasks = tree.processes.reduce((sum, { threads }) => sum + 1 + threads.length, 0);
    if (tasks > 2 * MOST_TASKS) {
      throw fail('document-contradictory', { path: '/processes', detail: `there are ${tasks} tasks` });
    }
    const mtype = architecture.lower(tree.architecture);
    const signalTables = new Map(tree.signalTables.map(table => [table.id, lowerSignalTable(table)]));
    const pstree = tree.processes.map(process => ({
      message: compact({
        pid: process.pid,
        ppid: process.parent,
        pgid: process.group,
        sid: process.session,
        threads: process.threads.length === 0 ? [process.pid] : process.threads.map(thread => thread.tid),
      }),
    }));
    out.add(
      'pstree',
      '',
      pstree,
      tree.processes.map((_, index) => `/processes/${index}`),
    );
    tree.processes.forEach((process, index) => {
      const at = `/processes/${index}`;
      const tc = lowerTask(process, signalTables.get(process.signals ?? ''));
      if (process.threads.length === 0) out.add('core', process.pid, [{ message: { mtype, tc } }], at);
      process.threads.forEach((thread, position) => {
        const message = { mtype, ...lowerThread(thread, position === 0 ? tc : undefined) };
        out.add('core', thread.tid, [{ message }], `${at}/threads/${position}`);
      });
      if (process.memory === undefined) return;
      const ids = {
        ...lowerMessage(shapes.objects, process),
        ...lowerMessage(shapes.namespaces, process.namespaces ?? {}),
      };
      out.add('ids', process.pid, [{ message: ids }], at);
    });
  },
};

function liftProcess(entry: WireMessage, images: ImageIndex): Process {
  const pid = entry.pid as number;
  const core = images.first('core', pid);
  const task = inner(core, 'tc');
  const ids = images.first('ids', pid);
  const own = task === undefined ? {} : liftMessage(shapes.task, task);
  const gone = hasEnded(own as Partial<Process>);
  const tids = gone ? [] : many<number>(entry, 'threads');
  const limits = liftLimits(task);
  const spaces = ids === undefined ? undefined : liftMessage(shapes.namespaces, ids);
  return {
    pid,
    parent: entry.ppid as number,
    group: entry.pgid as number,
    session: entry.sid as number,
    ...own,
    ...(ids === undefined ? undefined : liftMessage(shapes.objects, ids)),
    ...(spaces === undefined ? undefined : { namespaces: spaces }),
    ...(limits === undefined ? undefined : { limits }),
    threads: tids.map((tid, position) =>
      liftThread(tid, images.first('core', tid), position === 0 ? task : undefined),
    ),
  };
}

/** @param task the task's part of the leader's image: the leader's signal mask is there */
function liftThread(tid: number, core: WireMessage | undefined, task: WireMessage | undefined): Thread {
  const own = inner(core, 'thread_core');
  const x86 = inner(core, 'thread_info');
  const aarch64 = inner(core, 'ti_aarch64');
  const info = x86 ?? aarch64;
  const mask = task?.blk_sigset;
  const filter = own === undefined ? {} : liftMessage(shapes.seccomp, own);
  return {
    tid,
    ...(own === undefined ? undefined : liftMessage(shapes.threadCore, own)),
    ...(mask === undefined ? undefined : { blockedSignals: signalMask.lift(mask) }),
    ...(own?.futex_rla === undefined ? undefined : { robustFutexes: liftMessage(shapes.robustFutexes, own) }),
    ...(Object.keys(filter).length === 0 ? undefined : { seccomp: filter }),
    ...(info === undefined ? undefined : liftMessage(shapes.clearOnExit, info)),
    ...(x86 === undefined ? undefined : { x86: liftMessage(x86Registers, x86) }),
    ...(aarch64 === undefined ? undefined : { aarch64: liftMessage(aarch64Registers, aarch64) }),
  };
}

function lowerThread(thread: Thread, task: WireMessage | undefined): WireMessage {
  const { blockedSignals, ...rest } = thread;
  const own = lowerMessage(shapes.threadCore, task === undefined ? thread : rest);
  const tc = task === undefined ? undefined : { ...task, blk_sigset: signalMask.lower(blockedSignals ?? []) };
  const core = {
    ...own,
    ...(thread.robustFutexes === undefined
      ? undefined
      : lowerMessage(shapes.robustFutexes, thread.robustFutexes)),
    ...(thread.seccomp === undefined ? undefined : lowerMessage(shapes.seccomp, thread.seccomp)),
  };
  const every = lowerMessage(shapes.clearOnExit, thread);
  const { x86, aarch64 } = thread;
  return compact({
    thread_info: x86 === undefined ? undefined : { ...every, ...lowerMessage(x86Registers, x86) },
    ti_aarch64: aarch64 === undefined ? undefined : { ...every, ...lowerMessage(aarch64Registers, aarch64) },
    tc,
    thread_core: core,
  });
}

function lowerTask(process: Process, sigactions: readonly WireMessage[] | undefined): WireMessage {
  return compact({
    blk_sigset: 0n,
    ...lowerMessage(shapes.task, process),
    rlimits: process.limits === undefined ? undefined : { rlimits: lowerLimits(process.limits) },
    sigactions,
  });
}

function liftLimits(task: WireMessage | undefined): Limits | undefined {
  const rlimits = inner(task, 'rlimits');
  if (rlimits === undefined) return undefined;
  const limit = (value: unknown) => (value === NO_LIMIT ? ('unlimited' as const) : String(value));
  const out: Record<string, { soft: string; hard: string }> = {};
  many(rlimits, 'rlimits').forEach((entry, index) => {
    const name = LIMIT_NAMES[index];
    if (name !== undefined) out[name] = { soft: limit(entry.cur), hard: limit(entry.max) };
  });
  return out as Limits;
}

function lowerLimits(limits: Limits): WireMessage[] {
  const limit = (value: string) => (value === 'unlimited' ? NO_LIMIT : BigInt(value));
  return LIMIT_NAMES.flatMap(name => {
    const entry = limits[name];
    return entry === undefined ? [] : [{ cur: limit(entry.soft), max: limit(entry.hard) }];
  });
}
