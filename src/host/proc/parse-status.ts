/** What `/proc/PID/status` adds to stat. Fields an older kernel does not print are undefined. */
export interface Status {
  readonly threadGroup: number;
  /** Real, effective, saved, file system. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  /** PID of the process that traces this one, 0 for none. */
  readonly tracer: number;
  /** This process's PID in each nested PID namespace, outermost (ours) first. */
  readonly namespacePids: readonly number[];
  /** 0 off, 1 strict, 2 filter. */
  readonly seccomp: number;
  readonly seccompFilters: number | undefined;
  /** Address space in KiB; undefined for a zombie or kernel thread, which have none. */
  readonly virtualKiB: number | undefined;
  /** Resident memory in KiB; undefined for a zombie or kernel thread, which have none. */
  readonly residentKiB: number | undefined;
  readonly hugetlbKiB: number | undefined;
  /** Those of the signals 1 to 32 that it ignores: bit 0 stands for signal 1. */
  readonly ignoredSignals: number;
  /** `shstk`, `wrss`: control-flow features in force (x86, since 6.6). */
  readonly threadFeatures: readonly string[];
}

/** Never throws: a line that is missing gives the value of a process that does not have the feature. */
export function parseStatus(text: string): Status {
  // A look at thousands of processes must not take every line apart: each key is searched behind the one before, in
  // the order in which the kernel prints them, and from the top only where it is not there.
  let from = 0;
  const lineOf = (key: string): string | undefined => {
    const line = `\n${key}:`;
    const behind = text.indexOf(line, from);
    const at = behind < 0 && from > 0 ? text.indexOf(line) : behind;
    if (at < 0 && !text.startsWith(line.slice(1))) return undefined;
    const start = at + line.length;
    const end = text.indexOf('\n', start);
    from = Math.max(at, 0);
    return text.slice(start, end < 0 ? undefined : end);
  };
  const words = (key: string): readonly string[] => {
    const value = lineOf(key)?.trim() ?? '';
    return value === '' ? [] : value.split(/\s+/);
  };
  const numbers = (key: string): readonly number[] => words(key).map(Number);
  const first = (key: string): number | undefined => {
    const value = lineOf(key);
    return value === undefined ? undefined : Number.parseInt(value, 10);
  };
  return {
    threadGroup: first('Tgid') ?? 0,
    tracer: first('TracerPid') ?? 0,
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    namespacePids: numbers('NSpid'),
    virtualKiB: first('VmSize'),
    residentKiB: first('VmRSS'),
    hugetlbKiB: first('HugetlbPages'),
    ignoredSignals: Number.parseInt(lineOf('SigIgn')?.trim().slice(-8) ?? '0', 16),
    seccomp: first('Seccomp') ?? 0,
    seccompFilters: first('Seccomp_filters'),
    threadFeatures: words('x86_Thread_features'),
  };
}
