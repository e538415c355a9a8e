/** Names of what a mapping is. Numbers are Linux's own ABI. */

/** PROT_* of mmap(2). */
export const accesses = {
  read: 1,
  write: 2,
  execute: 4,
  semaphore: 8,
  growsDown: 0x1000000,
  growsUp: 0x2000000,
} as const;

/** MAP_* of mmap(2), without the sharing types and MAP_ANONYMOUS, which the document says in its own fields. */
// biome-ignore format: a table
export const mappingFlags = {
  'grows-down': 0x100, 'deny-write': 0x800, 'executable': 0x1000, 'locked': 0x2000, 'no-reserve': 0x4000,
  'populate': 0x8000, 'non-blocking': 0x10000, 'stack': 0x20000, 'huge-pages': 0x40000, 'sync': 0x80000,
} as const;

/** madvise(2) advice that sticks to a mapping, as the bit of its number. */
// biome-ignore format: a table
export const advice = {
  'normal': 0x1, 'random': 0x2, 'sequential': 0x4, 'dont-fork': 0x400, 'mergeable': 0x1000, 'huge-pages': 0x4000,
  'no-huge-pages': 0x8000, 'dont-dump': 0x10000, 'wipe-on-fork': 0x40000,
} as const;

/**
 * Marks that a checkpointer leaves on a mapping. `not-accounted` is what CRIU 4.3 notes of mappings other than private,
 * writable memory that counts towards the commit limit (it prints the bit as "noacct" in its log).
 */
export const mappingMarks = { 'not-accounted': 0x40000 } as const;

/** What is known of a run of pages (the numbers are CRIU's PE_*: criu/include/pagemap.h). */
export const pageStates = { parent: 1, lazy: 2, present: 4 } as const;
