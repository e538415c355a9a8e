/** Mappings: VMAs as CRIU has them, in the words of the document. */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import type { Backing, Mapping } from '../../image-format/neutral/index.js';
import { accesses, advice } from '../../image-format/neutral/words/memory.js';
import { openFlagNames } from '../shapes/file-parts.js';
import { bits } from '../shapes/reps.js';
import { flagsOf, type Reading, readMapping, statusOf } from './mapping-status.js';

const access = bits(accesses);
const lastingAdvice = bits(advice, 64);

/** All that makes the document's words for a mapping, but its numbers: many mappings have the same. */
export interface MappingForm {
  readonly reading: Reading;
  readonly access: Mapping['access'];
  readonly advice: Mapping['advice'];
  readonly openFlags: OpenFlags;
  /** Whether it names an object, and whether it starts within it. */
  readonly named: boolean;
  readonly moved: boolean;
}

type OpenFlags = Extract<Backing, { kind: 'file' | 'memfd' }>['flags'];

function formOf(vma: WireMessage): MappingForm {
  return {
    reading: readMapping(vma.flags as number, vma.status as number),
    access: access.lift(vma.prot as number),
    advice: vma.madv === undefined ? undefined : lastingAdvice.lift(vma.madv),
    openFlags: vma.fdflags === undefined ? undefined : (openFlagNames.lift(vma.fdflags) as OpenFlags),
    named: vma.shmid !== 0n,
    moved: vma.pgoff !== 0n,
  };
}

/** A mapping from an entry of CRIU (VmaEntry). */
export function liftMapping(vma: WireMessage): Mapping {
  return mappingOf(
    formOf(vma),
    hex(vma.start as bigint),
    hex(vma.end as bigint),
    String(vma.shmid),
    hex(vma.pgoff as bigint),
  );
}

/** A mapping from its form and its numbers: addresses and offset in hexadecimal, the object's number in decimal. */
function mappingOf(form: MappingForm, start: string, end: string, id: string, offset: string): Mapping {
  const { reading } = form;
  // no spreads here: this runs for each of up to millions of mappings
  const out: Mapping = {
    start,
    end,
    access: form.access,
    sharing: reading.sharing,
    backing: backingOfForm(form, id, offset),
  };
  if (reading.role !== undefined) out.role = reading.role;
  if (reading.flags !== undefined) out.flags = reading.flags;
  if (reading.pageSize !== undefined) out.pageSize = reading.pageSize;
  if (reading.marks !== undefined) out.marks = reading.marks;
  if (form.advice !== undefined) out.advice = form.advice;
  return out;
}

const ANONYMOUS: Backing = { kind: 'anonymous' };

function backingOfForm(form: MappingForm, id: string, offset: string): Backing {
  const { kind, object } = form.reading;
  if (kind === 'anonymous' && !form.named && !form.moved && form.openFlags === undefined) return ANONYMOUS;
  const out: Backing =
    kind !== 'anonymous'
      ? fileBacking(kind, object, id)
      : form.named
        ? { kind, segment: `shared-${id}` }
        : { kind };
  if (form.openFlags !== undefined) out.flags = form.openFlags;
  if (form.moved) out.offset = offset;
  return out;
}

type FileBacking = Exclude<Backing, { kind: 'anonymous' }>;

function fileBacking(kind: FileBacking['kind'], object: Reading['object'], id: string): FileBacking {
  if (kind === 'system-v') return { kind, segment: `shared-${id}` };
  if (kind === 'kernel') return { kind, object };
  return { kind, file: `file-${id}` };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** CRIU's entry of a mapping; throws `document-contradictory` for numbers that are none. */
export function lowerMapping(mapping: Mapping): WireMessage {
  const { backing } = mapping;
  const out: Record<string, number | bigint> = {
    start: BigInt(mapping.start),
    end: BigInt(mapping.end),
    pgoff: backing.offset === undefined ? 0n : BigInt(backing.offset),
    shmid: objectOf(backing),
    prot: access.lower(mapping.access) as number,
    flags: flagsOf(mapping),
    status: statusOf(mapping),
    // unused since CRIU 0.1, and -1 in every image
    fd: -1n,
  };
  if (mapping.advice !== undefined) out.madv = lastingAdvice.lower(mapping.advice) as bigint;
  if (backing.flags !== undefined) out.fdflags = openFlagNames.lower(backing.flags) as number;
  return out;
}

function objectOf(backing: Backing): bigint {
  if (backing.kind === 'kernel') return 0n;
  const id = backing.kind === 'anonymous' || backing.kind === 'system-v' ? backing.segment : backing.file;
  return id === undefined ? 0n : BigInt(id.slice(id.indexOf('-') + 1));
}
