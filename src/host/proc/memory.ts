import { PROC, readText } from './files.js';

/** The lines of /proc/PID/status that end in "kB", in KiB (Documentation/filesystems/proc.rst). */
export type StatusFields = ReadonlyMap<string, number>;

/** Reads the memory lines of a process; empty when it has gone. */
export function readStatus(pid: number, proc = PROC): StatusFields {
  const text = readText(`${proc}/${pid}/status`) ?? '';
  const fields = new Map<string, number>();
  for (const [, key, value] of text.matchAll(/^(\w+):\s+(\d+) kB$/gm)) fields.set(key ?? '', Number(value));
  return fields;
}
