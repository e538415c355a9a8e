import type { Socket } from '../sockets/index.js';
import type { Descriptor, OpenFile } from './descriptors.js';
import type { Slot } from './kcmp.js';
import type { FileLock } from './locks.js';
import type { AddressSpace, Mapping } from './maps.js';
import type { Namespaces } from './namespaces.js';
import type { Task } from './process.js';
import type { SysvObject } from './sysv.js';

/**
 * The machine at one moment, as plain data, as far as it can be tied to some target processes. Everything about the
 * targets, and of everybody else only what may touch them. It is read while the machine runs, so two parts may be
 * milliseconds apart.
 */
export interface Snapshot {
  /** The target processes: the roots given, and all that descend from them. Ascending. */
  readonly targets: readonly number[];
  /** The roots: targets whose parent is no target. */
  readonly roots: readonly number[];
  readonly processes: ReadonlyMap<number, Task>;
  /** The targets' descriptors, as links; everybody's where a target has something that others could hold, too. */
  readonly descriptors: ReadonlyMap<number, readonly Descriptor[]>;
  /** Detailed descriptors, keyed `PID:FD`: those of the targets (devices like /dev/null left out), and those of others that look alike. */
  readonly openFiles: ReadonlyMap<string, OpenFile>;
  /** Mappings of the targets that writes may pass through, and of all others when a target has some. */
  readonly sharedMappings: ReadonlyMap<number, readonly Mapping[]>;
  /** The address spaces of the targets: their shared mappings, or all that smaps says where everything was asked for. */
  readonly memory: ReadonlyMap<number, AddressSpace>;
  /** Thread IDs of the targets, the main thread's included. */
  readonly threads: ReadonlyMap<number, readonly number[]>;
  /** The namespaces of the reader, the targets, and whoever is in a namespace of a target that is not the reader's. */
  readonly ownNamespaces: Namespaces;
  readonly namespaces: ReadonlyMap<number, Namespaces>;
  /** Cgroup paths of the targets and of whoever shares one (other than `/`) with them. */
  readonly cgroups: ReadonlyMap<number, string>;
  readonly locks: readonly FileLock[];
  readonly sysv: readonly SysvObject[];
  readonly sockets: ReadonlyMap<number, Socket>;
  /** Which slots, of at least two processes, are one open file description. */
  readonly sharedDescriptions: readonly SharedDescription[];
  /** What could not be had, in plain words: closure and check must not claim to know it. */
  readonly unknown: readonly string[];
}

export interface SharedDescription {
  readonly slots: readonly Slot[];
  /** `compared` by kcmp, or `inferred` from equal path, inode, flags and offset. */
  readonly evidence: 'compared' | 'inferred';
}

/** How a descriptor is called in the maps of a snapshot: `PID:FD`. */
export function slotKey(slot: Slot): string {
  return `${slot.pid}:${slot.fd}`;
}
