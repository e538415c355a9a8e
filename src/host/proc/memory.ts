import { PROC, readText } from './files.js';

/** The lines of /proc/PID/status that end in "kB", in KiB (Documentation/filesystems/proc.rst). */
export type StatusFields = ReadonlyMap<string, number>;

/** Reads the memory lines of a process; empty when it has gone. */
export function readStatus(pid: number, proc = PROC): StatusFields {
  return kibFields(readText(`${proc}/${pid}/status`) ?? '');
}

/** Reads the sums over all mappings of a process (smaps_rollup); empty when it has gone. */
export function readRollup(pid: number, proc = PROC): StatusFields {
  return kibFields(readText(`${proc}/${pid}/smaps_rollup`) ?? '');
}

/** Bytes that programs could still have, in memory and in swap; undefined where the kernel does not say. */
export function memoryLeft(proc = PROC): number | undefined {
  const fields = kibFields(readText(`${proc}/meminfo`) ?? '');
  const available = fields.get('MemAvailable');
  return available === undefined ? undefined : (available + (fields.get('SwapFree') ?? 0)) * 1024;
}

function kibFields(text: string): StatusFields {
  const fields = new Map<string, number>();
  for (const [, key, value] of text.matchAll(/^(\w+):\s+(\d+) kB$/gm)) fields.set(key ?? '', Number(value));
  return fields;
}
