/**
 * What CRIU's bit fields say of a VMA, in the words of the document, and back. It is worked out once per combination and
 * shared: a large process has hundreds of thousands of mappings.
 */
import { fail } from '../../errors.js';
import type { Backing, Mapping } from '../../image-format/neutral/index.js';
import { mappingFlags, mappingMarks } from '../../image-format/neutral/words/memory.js';
import { bits } from '../shapes/reps.js';

/** VMA status bits of CRIU (criu/include/image.h). */
export const Status = {
  regular: 1 << 0,
  stack: 1 << 1,
  vsyscall: 1 << 2,
  vdso: 1 << 3,
  heap: 1 << 5,
  filePrivate: 1 << 6,
  fileShared: 1 << 7,
  anonymousShared: 1 << 8,
  anonymousPrivate: 1 << 9,
  systemV: 1 << 10,
  socket: 1 << 11,
  vvar: 1 << 12,
  asynchronousIo: 1 << 13,
  memfd: 1 << 14,
  shadowStack: 1 << 15,
  guard: 1 << 16,
  uprobes: 1 << 17,
} as const;

const MAP_TYPE = 0xf;
const MAP_ANONYMOUS = 0x20;
/** The logarithm of the size of huge pages stands in the upper bits, where MAP_HUGETLB is set (MAP_HUGE_SHIFT). */
const MAP_HUGETLB = 0x40000;
const PAGE_SIZE = { shift: 26, mask: 0x3f };
const SHARING = { none: 0, shared: 1, private: 2, 'shared-validate': 3, droppable: 8 } as const;
type Sharing = Mapping['sharing'];
/** Bits of the status that the words of the document say. */
const SAID = Object.values(Status).reduce((sum, bit) => sum | bit, 0);
const sharingOf = new Map(Object.entries(SHARING).map(([name, value]) => [value, name as Sharing]));

const furtherFlags = bits(mappingFlags);
const markBits = bits(mappingMarks);

/** What status and flags say, worked out once per combination. */
export interface Reading {
  readonly sharing: Sharing;
  readonly role: Mapping['role'];
  readonly flags: Mapping['flags'];
  readonly pageSize: Mapping['pageSize'];
  readonly marks: Mapping['marks'];
  readonly kind: Backing['kind'];
  readonly object: Extract<Backing, { kind: 'kernel' }>['object'];
}

/** By status, then by flags. */
const readings = new Map<number, Map<number, Reading>>();

/** Reads mmap(2)'s flags of a mapping, and its status (VMA_* of criu/include/image.h). */
export function readMapping(flags: number, status: number): Reading {
  const before = readings.get(status)?.get(flags);
  if (before !== undefined) return before;
  const order = flags & MAP_HUGETLB ? (flags >>> PAGE_SIZE.shift) & PAGE_SIZE.mask : 0;
  const said = MAP_TYPE | MAP_ANONYMOUS | (order << PAGE_SIZE.shift);
  const further = furtherFlags.lift((flags & ~said) >>> 0);
  const marks = markBits.lift((status & ~SAID) >>> 0);
  const { kind, object } = backingOf(status);
  const reading: Reading = {
    sharing: sharingOf.get((flags & MAP_TYPE) as 0) ?? 'none',
    role: roleOf(status),
    flags: further.length === 0 ? undefined : further,
    pageSize: order === 0 ? undefined : String(1n << BigInt(order)),
    marks: marks.length === 0 ? undefined : marks,
    kind,
    object,
  };
  const list = readings.get(status) ?? new Map<number, Reading>();
  if (readings.size < 256 && list.size < 256) readings.set(status, list.set(flags, reading));
  return reading;
}

function roleOf(status: number): Mapping['role'] {
  if (status & Status.heap) return 'heap';
  if (status & Status.shadowStack) return 'shadow-stack';
  if (status & Status.guard) return 'guard';
  if (status & Status.stack) return 'stack';
  return undefined;
}

function backingOf(status: number): Pick<Reading, 'kind' | 'object'> {
  const object = 'vdso';
  if (status & Status.vdso) return { kind: 'kernel', object };
  if (status & Status.vvar) return { kind: 'kernel', object: 'vvar' };
  if (status & Status.vsyscall) return { kind: 'kernel', object: 'vsyscall' };
  if (status & Status.asynchronousIo) return { kind: 'kernel', object: 'asynchronous-io' };
  if (status & Status.uprobes) return { kind: 'kernel', object: 'uprobes' };
  if (status & Status.systemV) return { kind: 'system-v', object };
  if (status & Status.socket) return { kind: 'socket', object };
  if (status & Status.memfd) return { kind: 'memfd', object };
  if (status & (Status.filePrivate | Status.fileShared)) return { kind: 'file', object };
  return { kind: 'anonymous', object };
}

const kernelStatus = {
  vdso: Status.regular | Status.vdso | Status.anonymousPrivate,
  vvar: Status.regular | Status.vvar | Status.anonymousPrivate,
  vsyscall: Status.vsyscall | Status.anonymousPrivate,
  'asynchronous-io': Status.asynchronousIo,
  uprobes: Status.uprobes | Status.anonymousPrivate,
} as const;

const roleStatus = {
  heap: Status.heap,
  stack: Status.stack,
  'shadow-stack': Status.shadowStack,
  guard: Status.guard,
} as const;

/** CRIU's status word. */
export function statusOf(mapping: Mapping): number {
  const marks = mapping.marks === undefined ? 0 : (markBits.lower(mapping.marks) as number);
  return (roleAndBacking(mapping) | marks) >>> 0;
}

function roleAndBacking(mapping: Mapping): number {
  const { backing } = mapping;
  const shared = mapping.sharing !== 'private';
  const role = mapping.role === undefined ? 0 : roleStatus[mapping.role];
  if (mapping.role === 'guard') return Status.guard;
  switch (backing.kind) {
    case 'kernel':
      return kernelStatus[backing.object] | role;
    case 'system-v':
      return Status.regular | Status.systemV | Status.anonymousShared | role;
    case 'socket':
      return Status.regular | Status.socket | role;
    case 'anonymous':
      return Status.regular | (shared ? Status.anonymousShared : Status.anonymousPrivate) | role;
    default: {
      const memfd = backing.kind === 'memfd' ? Status.memfd : 0;
      return Status.regular | (shared ? Status.fileShared : Status.filePrivate) | memfd | role;
    }
  }
}

/** The flags that mmap(2) would take. */
export function flagsOf(mapping: Mapping): number {
  const anonymous = hasFile(mapping) ? 0 : MAP_ANONYMOUS;
  const further = mapping.flags === undefined ? 0 : (furtherFlags.lower(mapping.flags) as number);
  return (SHARING[mapping.sharing] | anonymous | further | pageSizeBits(mapping)) >>> 0;
}

function pageSizeBits({ pageSize }: Mapping): number {
  if (pageSize === undefined) return 0;
  const order = BigInt(pageSize).toString(2).length - 1;
  if (order > PAGE_SIZE.mask || String(1n << BigInt(order)) !== pageSize) {
    throw fail('document-contradictory', { path: '/memories', detail: `no pages have ${pageSize} bytes` });
  }
  return order << PAGE_SIZE.shift;
}

/** Whether the kernel has a file behind the mapping, so that it does not count as anonymous. */
function hasFile({ backing, role }: Mapping): boolean {
  if (backing.kind === 'kernel') return backing.object === 'asynchronous-io';
  return role === 'guard' || backing.kind === 'file' || backing.kind === 'memfd' || backing.kind === 'socket';
}
