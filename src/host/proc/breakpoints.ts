import { closeSync, openSync, readSync } from 'node:fs';
import { PROC } from './files.js';
import type { FileMapping } from './maps.js';

/** The instruction int3 of x86, one byte, by which debuggers and uprobes stop a program. */
const INT3 = 0xcc;
const PAGE = 4096;
/** Of an entry of /proc/PID/pagemap, bits 62 and 63: in memory, or swapped out. */
const THERE = 0xc0;
/** Bit 61, where it is in memory: the page is the file's, and not the process's own. */
const OF_FILE = 0x20;

/**
 * Breakpoints in code that was mapped from a file, as addresses. The kernel says nothing of its own (uprobes that bpftrace, perf
 * and systemtap set) before one was reached: they are looked for in the pages that differ from the file
 * (kernel/events/uprobes.c, install_breakpoint()). Empty where nothing can be read, or the process has gone.
 */
export function readBreakpoints(pid: number, mapping: FileMapping, proc = PROC): readonly string[] {
  try {
    const [start, end] = [Number.parseInt(mapping.start, 16), Number.parseInt(mapping.end, 16)];
    const pages = readAt(`${proc}/${pid}/pagemap`, (start / PAGE) * 8, ((end - start) / PAGE) * 8);
    const own = [...Array(pages.length / 8).keys()].filter(page => isOwn(pages[page * 8 + 7] ?? 0));
    return own.flatMap(page => {
      const memory = readAt(`${proc}/${pid}/mem`, start + page * PAGE, PAGE);
      const range = `${mapping.start}-${mapping.end}`;
      const file = readAt(`${proc}/${pid}/map_files/${range}`, mapping.offset + page * PAGE, PAGE);
      return breakpointsIn(memory, file).map(at => (start + page * PAGE + at).toString(16));
    });
  } catch {
    return [];
  }
}

/** Where a page has a breakpoint that its file has not: nothing beside it differs, as it does where addresses were filled in. */
export function breakpointsIn(memory: Uint8Array, file: Uint8Array): readonly number[] {
  const found: number[] = [];
  const same = (at: number): boolean => at < 0 || at >= file.length || memory[at] === file[at];
  for (let at = 0; at < file.length; at++)
    if (memory[at] === INT3 && !same(at) && same(at - 1) && same(at + 1)) found.push(at);
  return found;
}

function isOwn(highest: number): boolean {
  return (highest & THERE) !== 0 && (highest & OF_FILE) === 0;
}

function readAt(path: string, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, from));
  } finally {
    closeSync(file);
  }
}
