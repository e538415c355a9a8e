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
  /** `shstk`, `wrss`: control-flow features in force (x86, since 6.6). */
  readonly threadFeatures: readonly string[];
}

/** Never throws: a line that is missing gives the value of a process that does not have the feature. */
export function parseStatus(text: string): Status {
  // Searched key by key: a look at thousands of processes must not take every line apart.
  const words = (key: string): readonly string[] => {
    const start = text.startsWith(`${key}:`) ? 0 : text.indexOf(`\n${key}:`) + 1;
    if (start === 0 && !text.startsWith(`${key}:`)) return [];
    const end = text.indexOf('\n', start);
    const value = text.slice(start + key.length + 1, end < 0 ? undefined : end).trim();
    return value === '' ? [] : value.split(/\s+/);
  };
  const numbers = (key: string): readonly number[] => words(key).map(Number);
  const first = (key: string): number | undefined => numbers(key)[0];
  return {
    threadGroup: first('Tgid') ?? 0,
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    tracer: first('TracerPid') ?? 0,
    namespacePids: numbers('NSpid'),
    seccomp: first('Seccomp') ?? 0,
    seccompFilters: first('Seccomp_filters'),
    virtualKiB: first('VmSize'),
    residentKiB: first('VmRSS'),
    hugetlbKiB: first('HugetlbPages'),
    threadFeatures: words('x86_Thread_features'),
  };
}
