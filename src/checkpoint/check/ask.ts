import {
  anonymousKind,
  type DescriptorSettings,
  type Mapping,
  probe,
  type Question,
  readSettings,
  type Snapshot,
  slotKey,
} from '../../host/proc/index.js';
import { put } from '../../lists.js';

/** What had to be asked of the kernel about the targets; what could not be asked is missing. */
export interface Answers {
  /** By `PID:FD`. */
  readonly settings: ReadonlyMap<string, DescriptorSettings>;
  /** Descriptors that an epoll of the process watches and the process has closed, by PID. */
  readonly watchedElsewhere: ReadonlyMap<number, readonly WatchedElsewhere[]>;
  /** Threads with descriptors or folders of their own, by PID: `files:123`. */
  readonly threadsApart: ReadonlyMap<number, readonly string[]>;
  /** Starts of mappings of memory files that are sealed against writing, by PID. */
  readonly sealed: ReadonlyMap<number, readonly string[]>;
  /** Class of the I/O priority, by PID: 1 real time, 2 best effort, 3 idle, 0 none. */
  readonly ioClass: ReadonlyMap<number, number>;
}

/** What an epoll of a process watches, and the process has closed. */
export interface WatchedElsewhere {
  readonly epoll: number;
  /** The number under which it was added. */
  readonly watched: number;
  /** The line of fdinfo that says so, which is this file's alone. */
  readonly line: string;
}

type Take = (words: readonly string[]) => void;

/** F_SEAL_WRITE of fcntl.h. */
const SEALED_AGAINST_WRITING = 8;
/** IOPRIO_CLASS_SHIFT of linux/ioprio.h. */
const IO_CLASS_SHIFT = 13;

/** Asks everything in one go. */
export async function askKernel(snapshot: Snapshot): Promise<Answers> {
  const settings = new Map<string, DescriptorSettings>();
  const watchedElsewhere = new Map<number, WatchedElsewhere[]>();
  const threadsApart = new Map<number, readonly string[]>();
  const sealed = new Map<number, string[]>();
  const ioClass = new Map<number, number>();
  const asked: { question: Question; take: Take }[] = [];
  const add = (question: Question, take: Take): void => void asked.push({ question, take });
  const elsewhere = keptByEarlier(snapshot);

  for (const pid of snapshot.targets) {
    const descriptors = snapshot.descriptors.get(pid) ?? [];
    for (const { fd, target } of descriptors)
      if (/^(socket|pipe):/.test(target))
        add({ ask: 'descriptor', slot: { pid, fd } }, words =>
          settings.set(slotKey({ pid, fd }), readSettings(words)),
        );
    const watches = watchesOf(snapshot, pid, elsewhere);
    if (watches.length > 0) add({ ask: 'open', pid, fds: descriptors.map(one => one.fd) }, () => {});
    for (const { epoll, watched, nth, line } of watches)
      add({ ask: 'watched', pid, epoll, watched, nth }, words => {
        if (words.length === 0) put(watchedElsewhere, pid, { epoll, watched, line });
      });
    const tids = (snapshot.threads.get(pid) ?? []).filter(tid => tid !== pid);
    if (tids.length > 0) add({ ask: 'threads', pid, tids }, words => threadsApart.set(pid, words));
    for (const mapping of snapshot.sharedMappings.get(pid) ?? [])
      if (mapping.path.startsWith('/memfd:'))
        add({ ask: 'seals', pid, range: rangeOf(mapping) }, ([seals]) => {
          if ((Number(seals ?? 0) & SEALED_AGAINST_WRITING) !== 0) put(sealed, pid, mapping.start);
        });
    add({ ask: 'io-priority', pid }, ([value]) => {
      if (value !== undefined) ioClass.set(pid, Number(value) >> IO_CLASS_SHIFT);
    });
  }
  const answers = await probe(asked.map(one => one.question));
  asked.forEach(({ take }, at) => {
    const words = answers[at];
    if (words !== undefined) take(words);
  });
  return { settings, watchedElsewhere, threadsApart, sealed, ioClass };
}

/** The entries of the epolls of a process. One that several share is CRIU's with the first of them. */
function watchesOf(snapshot: Snapshot, pid: number, elsewhere: ReadonlySet<string>) {
  return (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd, target }) => {
    const key = slotKey({ pid, fd });
    if (anonymousKind(target) !== 'eventpoll' || elsewhere.has(key)) return [];
    const seen = new Map<number, number>();
    return (snapshot.openFiles.get(key)?.lines ?? []).flatMap(([word, value]) => {
      if (word !== 'tfd') return [];
      const watched = Number.parseInt(value, 10);
      const nth = seen.get(watched) ?? 0;
      seen.set(watched, nth + 1);
      return [{ epoll: fd, watched, nth, line: value }];
    });
  });
}

/** Slots whose open file description a process with a lower PID has, too. */
function keptByEarlier(snapshot: Snapshot): ReadonlySet<string> {
  return new Set(
    snapshot.sharedDescriptions.flatMap(({ slots }) => {
      const first = Math.min(...slots.map(slot => slot.pid));
      return slots.filter(slot => slot.pid !== first).map(slotKey);
    }),
  );
}

/** As the files in map_files are called: without leading zeros. */
function rangeOf({ start, end }: Mapping): string {
  return [start, end].map(text => text.replace(/^0+(?=.)/, '')).join('-');
}
