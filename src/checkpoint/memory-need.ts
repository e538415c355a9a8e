import { statfs } from 'node:fs/promises';
import { fail } from '../errors.js';
import { readStatus, type StatusFields } from '../host/proc/memory.js';

/** Room that must be left beside the pages: the other images, the document, and some air. Bytes. */
const OVERHEAD = 16 * 2 ** 20;

/** Throws `store-full` when the store could not hold the memory of these processes. Nothing has been stopped yet. */
export async function refuseIfTooLarge(store: string, pids: readonly number[]): Promise<void> {
  const { bavail, bsize } = await statfs(store);
  const available = bavail * bsize;
  const needed = memoryNeed(pids) + OVERHEAD;
  if (needed > available) throw fail('store-full', { store, needed: mib(needed), available: mib(available) });
}

/** Whether the store has no room left to speak of, so that a CRIU that failed there failed for that. */
export async function isFull(store: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(store);
  return bavail * bsize < 2 ** 20;
}

/**
 * An upper bound, in bytes, of the pages that CRIU will write for these processes: private and shared anonymous
 * memory, resident or swapped. Shared memory is counted once a process, so the bound is generous.
 */
export function memoryNeed(
  pids: readonly number[],
  read: (pid: number) => StatusFields = readStatus,
): number {
  let kib = 0;
  for (const pid of pids) {
    const fields = read(pid);
    kib += (fields.get('RssAnon') ?? 0) + (fields.get('RssShmem') ?? 0) + (fields.get('VmSwap') ?? 0);
  }
  return kib * 1024;
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
