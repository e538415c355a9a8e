import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's space for young objects as small as it begins, for whoever makes many objects that die at once: images are
 * read, said in words and written one by one. 500 processes with 200,000 mappings: 110 MiB instead of 140, and a tenth
 * less processor time. Work whose objects stay takes longer with it.
 */
function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Processes from which on there are so many images that memory is dearer than time. */
const MANY = 50;

/**
 * Suits V8's space for young objects to a freeze or thaw of that many processes. With few, what is made stays: a thaw of
 * one process took 30 of its 280 ms for collections while the space was kept small for it, too.
 */
export function suitYoungSpace(processes: number): void {
  if (processes > MANY) keepYoungSpaceSmall();
  else {
    // Threads that help with so little to collect take the processor from those that have work.
    setFlagsFromString('--no-concurrent-marking');
    setFlagsFromString('--no-parallel-scavenge');
  }
}

/**
 * The same for a thaw: with few processes the space grows to its full 16 MiB at once. Growing step by step copied what
 * stays each time, and had V8 mark old objects in between. A thaw of one process: 265 instead of 281 ms, 267 instead of
 * 313 ms of processor time. A freeze, which makes less, gained nothing: pages that are new cost it as much.
 */
export function suitYoungSpaceToThaw(processes: number): void {
  suitYoungSpace(processes);
  if (processes <= MANY) setFlagsFromString('--semi-space-growth-factor=16');
}

/**
 * Keeps the young space small, and lets the space for old objects grow in small steps, and the compiler put less into one function. For
 * commands that nothing stands still for: it costs a tenth more processor time. To be called before more code is loaded,
 * and not before the program's own is: V8 throws a code cache away that was made with other flags.
 */
export function keepHeapSmall(): void {
  keepYoungSpaceSmall();
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=200');
}
