import { statfs } from 'node:fs/promises';
import { fail } from '../../errors.js';
import { readRollup, readStatus } from '../../host/proc/memory.js';
import type { StoreFacts } from '../../host/store-facts.js';
import { mib } from '../../mib.js';

/** Room that must be left beside the pages: the other images, the document, and some air. Bytes. */
const OVERHEAD = 16 * 2 ** 20;

/** Files of a bundle in the making: CRIU's images of a tree and of each process, and what is beside them. */
const FILES = { bundle: 24, process: 8 };

/** What a process has of what is written, in /proc/PID/status: huge pages are in none of the others (fs/proc/task_mmu.c). */
const WRITTEN = ['RssAnon', 'RssShmem', 'VmSwap', 'HugetlbPages'];

/** Throws `store-full` or `store-no-files` when the store could not hold these processes. Nothing has been stopped yet. */
export function refuseIfTooLarge(
  { path: store, free, freeFiles }: Pick<StoreFacts, 'path' | 'free' | 'freeFiles'>,
  pids: readonly number[],
): void {
  const files = FILES.bundle + FILES.process * pids.length;
  if (freeFiles !== undefined && freeFiles < files)
    throw fail('store-no-files', { store, needed: files, available: freeFiles });
  const available = Number(free);
  if (memoryNeed(pids) + OVERHEAD <= available) return;
  const needed = sharedMemoryNeed(pids) + OVERHEAD;
  if (needed > available) throw fail('store-full', { store, needed: mib(needed), available: mib(available) });
}

/** Whether the store has no room left to speak of, so that what failed there failed for that. */
export async function isFull(store: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(store);
  return bavail * bsize < 2 ** 20 || (files > 0 && ffree < 2);
}

/**
 * An upper bound, in bytes, of the pages that CRIU will write for these processes: private and shared anonymous
 * memory, resident or swapped. Shared memory is counted once a process, so the bound is generous.
 */
function memoryNeed(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of pids) {
    const fields = readStatus(pid);
    for (const field of WRITTEN) kib += fields.get(field) ?? 0;
  }
  return kib * 1024;
}

/**
 * About as many bytes of pages as CRIU will write: shared memory is taken for one that all share. For who watches; the kernel need
 * not go through the memory for it.
 */
export function expectedMemory(pids: readonly number[], proc?: string): number {
  let own = 0;
  let shared = 0;
  for (const pid of pids) {
    const fields = readStatus(pid, proc);
    own += (fields.get('RssAnon') ?? 0) + (fields.get('VmSwap') ?? 0) + (fields.get('HugetlbPages') ?? 0);
    shared = Math.max(shared, fields.get('RssShmem') ?? 0);
  }
  return (own + shared) * 1024;
}

/**
 * The same with shared memory counted once, in bytes: processes that share a page have a part of it each. The kernel goes
 * through all of their memory for it, so only where the bound says that there is no room.
 */
function sharedMemoryNeed(pids: readonly number[]): number {
  const fields = ['Pss_Anon', 'Pss_Shmem', 'SwapPss', 'Private_Hugetlb', 'Shared_Hugetlb'];
  const kib = pids.flatMap(pid => {
    const found = readRollup(pid);
    return fields.map(field => found.get(field) ?? 0);
  });
  return kib.reduce((sum, one) => sum + one, 0) * 1024;
}
