/** `/proc/PID/fdinfo/FD`: what the kernel says of one open file description, see proc_pid_fdinfo(5). */
export interface FdInfo {
  /** File offset in bytes. */
  readonly position: bigint;
  /** The O_* flags of open(2) and O_CLOEXEC, as printed (octal) by the kernel. */
  readonly flags: number;
  readonly mountId: number | undefined;
  /** Lines such as `lock:` that may come more than once, and those of one kind only (`tfd`, `inotify`). */
  readonly lines: readonly (readonly [key: string, value: string])[];
}

const COMMON = new Set(['pos', 'flags', 'mnt_id', 'ino']);

/** Never throws: what is missing reads as 0 or undefined. */
export function parseFdInfo(text: string): FdInfo {
  let position = 0n;
  let flags = 0;
  let mountId: number | undefined;
  const lines: [string, string][] = [];
  for (const line of text.split('\n')) {
    // `tfd: …`, `lock:\t…`, but `inotify wd:…`: the key ends at the first colon or space.
    const match = /^([\w-]+)[: ]\s*(.*)$/.exec(line);
    if (match === null) continue;
    const [, key = '', value = ''] = match;
    if (key === 'pos') position = /^\d+$/.test(value) ? BigInt(value) : 0n;
    else if (key === 'flags') flags = Number.parseInt(value, 8);
    else if (key === 'mnt_id') mountId = Number(value);
    if (!COMMON.has(key)) lines.push([key, value]);
  }
  return { position, flags, mountId, lines };
}
