import type {
  DescriptorSettings,
  Mapping,
  MappingFlags,
  Mount,
  OpenFile,
  Snapshot,
  Task,
} from '../../host/proc/index.js';
import type { Ownerless } from '../../host/sockets/index.js';
import type { Service } from '../../host/systemd/service.js';
import type { UserService } from '../../host/systemd/user-service.js';
import type { VersionRange } from '../../versions.js';
import type { Tie } from '../closure/index.js';
import type { SocketFiles } from './bound-sockets.js';
import type { FileGoneAtBoot } from './files-gone-at-boot.js';
import type { LooseEntries, LooseOwners } from './loose-files.js';
import type { CheckOptions } from './options.js';
import type { OwnMounts } from './own-mounts.js';
import type { OwnUsers } from './own-users.js';

/**
 * cannot: the freeze or the thaw fails. unknown: it may fail, and nothing that can be seen from outside decides it.
 * loss: it works, and something is not as before. note: worth knowing, nothing is lost.
 */
export type Severity = 'cannot' | 'unknown' | 'loss' | 'note';

/** Where and by what the tree is frozen, and where and by what it is to be thawed. */
export interface Platform {
  readonly freeze: Side;
  readonly thaw: Side;
}

/** `undefined` for what nobody said or found. Kernels by the version alone: 6.12.38. */
export interface Side {
  readonly kernel: string | undefined;
  readonly criu: string | undefined;
}

/** What is looked at of each process beyond the snapshot. */
export interface ProcessFacts {
  readonly task: Task;
  readonly files: readonly OpenFile[];
  /** Those that bear a name; of a run of private ones of one file the first. */
  readonly mappings: readonly Mapping[];
  readonly mappingFlags: readonly MappingFlags[];
  readonly lowestCode?: Mapping | undefined;
  /** Addresses of breakpoints that somebody has written into its code. */
  readonly breakpoints: readonly string[];
  readonly mounts: readonly Mount[];
  /** What it takes for `/`, ` (deleted)` behind it where that is gone; '' where it cannot be read. */
  readonly rootFolder: string;
  /** How much its limit of address space lets it grow, KiB; undefined where there is no limit. */
  readonly spaceLeftKiB: number | undefined;
  /** Its working folder, as a path; '' where it cannot be read. */
  readonly workingFolder: string;
  /** Files that are mapped and have no name any more, with the bytes they take on disk. */
  readonly deletedMappings: readonly { readonly path: string; readonly bytesOnDisk: number }[];
  readonly goneAtBoot: readonly FileGoneAtBoot[];
  readonly threads: readonly ThreadFacts[];
  /** Kinds of namespaces that its next children would be born into instead of its own. */
  readonly childNamespaces: readonly ('pid' | 'time')[];
  /** Kernel names of socket protocols by descriptor; undefined where they could not be had. */
  readonly protocols: ReadonlyMap<number, string | undefined>;
  /** Who shares its address space without being a thread of it; undefined where nobody could be asked. */
  readonly sharesMemoryWith: readonly number[] | undefined;
  /** What only some threads have for themselves: `files:TID`, `folder:TID`, or a kind of namespace. */
  readonly threadsApart: readonly string[];
  /** What had to be asked of sockets and pipes, by descriptor; missing where it could not be. */
  readonly settings: ReadonlyMap<number, DescriptorSettings>;
  /** What an epoll watches although the process has closed it (another has it open still), in words. */
  readonly watchedElsewhere: readonly string[];
  /** Unix sockets that CRIU would not bring back where they are. */
  readonly socketFiles: SocketFiles;
  /** Starts of shared mappings of memory files that are sealed against writing. */
  readonly sealedMappings: readonly string[];
  /** IOPRIO_CLASS_* of linux/ioprio.h. */
  readonly ioClass: number;
  /** PER_* and flags of personality(2). */
  readonly personality: number;
  /** The processors that programs of this machine may use, as in `threads`. */
  readonly usualProcessors: string;
  /** The link of its program file, and the number of the mount that it was started from. */
  readonly program: string;
  readonly programMount: number | undefined;
  /** The security module's label, '' or `unconfined` for none. */
  readonly securityLabel: string;
  /** Files of /proc that CRIU reads inside the root of a tree, and that the root's AppArmor profile keeps from it. */
  readonly keptFromRoot: readonly string[];
}

export interface ThreadFacts {
  readonly tid: number;
  readonly state: string;
  /** Whether it was in uninterruptible sleep at every one of several looks. */
  readonly stuck: boolean;
  readonly tracer: number;
  /** Mask of the processors that it may run on, hexadecimal as printed. */
  readonly processors: string;
  /** SCHED_* number of sched_setscheduler(2). */
  readonly schedulingPolicy: number | undefined;
}

/** Everything that was seen of one tree, as plain data. */
export interface SeenTree {
  readonly root: number;
  readonly members: readonly number[];
  readonly snapshot: Snapshot;
  readonly ties: readonly Tie[];
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** Files in /run that hold the PID of a member and nothing else. */
  readonly pidFiles: readonly string[];
  readonly looseOwners: LooseOwners;
  /**
   * Temporary files and folders of its users, made since it began, that it does not have open and a boot takes away; undefined where
   * there are too many to be looked through.
   */
  readonly looseFiles: LooseEntries;
  /** Listening sockets, by inode, whose clients nobody accepts. */
  readonly neglected: ReadonlySet<number>;
  /** Clients, by inode, that have said something on a unix socket and are not accepted. */
  readonly unread: ReadonlySet<number>;
  /** What the kernel alone has of connections to listening sockets, by the inodes of these. */
  readonly ownerless: ReadonlyMap<number, readonly Ownerless[]>;
  /** Inodes of TCP sockets with keys of their own (see `readSigned`). */
  readonly signed: ReadonlySet<number>;
  /** Connections that NAT changes (see `readTranslated`). */
  readonly translated: ReadonlyMap<string, string>;
  /** Addresses of this machine that no other boot has (see `temporaryAddresses`). */
  readonly temporary: ReadonlySet<string>;
  /** Addresses of their connections, and of their other sockets, that this machine does not have (see `absentAddresses`). */
  readonly absent: { readonly connect: ReadonlySet<string>; readonly bind: ReadonlySet<string> };
  /** Control groups of members in which nothing runs, as paths. */
  readonly frozenGroups: ReadonlySet<string>;
  /** Interfaces, loopback aside, of the network namespaces that members live in and this ckpt does not. */
  readonly interfaces: readonly string[];
  /** The service of systemd whose main process the root is. */
  readonly service: Service | undefined;
  /** The service of a user's systemd that has started the root. */
  readonly userService: UserService | undefined;
  /** UIDs of users whose /run/user/UID is there in every boot. */
  readonly lingering: ReadonlySet<number>;
  /** The services of systemd that are frozen together. */
  readonly frozenUnits: ReadonlySet<string>;
  /** The mounts of a root that does not share them with this ckpt. */
  readonly ownMounts?: OwnMounts;
  /** The user namespace of a root that does not share it with this ckpt. */
  readonly ownUsers?: OwnUsers | undefined;
  /** Of this process: its user, whether it may do what an unprivileged root may not, and whom it runs below. And its control group. */
  readonly own: {
    readonly uid: number;
    readonly cgroup: string;
    readonly capSysResource: boolean;
    readonly ancestors: readonly number[];
  };
}

/** A tree together with what it is judged for. */
export interface TreeFacts extends SeenTree {
  readonly platform: Platform;
  readonly options: CheckOptions;
}

/** One place where a rule found what it looks for. */
export interface Sighting {
  readonly pid: number;
  /** The thing itself: `fd 5 is anon_inode:[io_uring]`. */
  readonly what: string;
  /** The id of the tie that it is, where it is one. */
  readonly tie?: string;
}

/** One thing found, in plain words. */
export interface Finding {
  /** The rule's id, or `tie:KIND`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly sightings: readonly Sighting[];
  readonly why: string;
  readonly remedy: string;
}

/** One row of the table. */
export interface Rule {
  readonly id: string;
  readonly looksFor: string;
  readonly severity: Severity;
  readonly why: string;
  readonly remedy: string;
  /** The rule holds only where the freezing (or thawing) side is within these versions. */
  readonly at?: {
    readonly side: 'freeze' | 'thaw';
    readonly criu?: VersionRange;
    readonly kernel?: VersionRange;
  };
  readonly find: (facts: TreeFacts) => readonly Sighting[];
}

/** Goes through every process of the tree. */
export function each(
  find: (process: ProcessFacts, facts: TreeFacts) => readonly string[],
): (facts: TreeFacts) => readonly Sighting[] {
  // Loops, as in `eachFile`: thousands of processes go through dozens of rules, which hardly ever find anything.
  return facts => {
    const found: Sighting[] = [];
    for (const pid of facts.members) {
      const process = facts.processes.get(pid);
      if (process === undefined) continue;
      for (const what of find(process, facts)) found.push({ pid, what });
    }
    return found;
  };
}

/** Goes through every open file of the tree; `match` gives the words for one that the rule is about. */
export function eachFile(
  match: (file: OpenFile, process: ProcessFacts, facts: TreeFacts) => string | undefined,
): (facts: TreeFacts) => readonly Sighting[] {
  return facts => {
    const found: Sighting[] = [];
    for (const pid of facts.members) {
      const process = facts.processes.get(pid);
      for (const file of process?.files ?? []) {
        const words = process === undefined ? undefined : match(file, process, facts);
        if (words !== undefined) found.push({ pid, what: `fd ${file.fd} is ${words}` });
      }
    }
    return found;
  };
}
