import { readText } from './files.js';

/** Where control groups of version 2 are mounted: alone, or beside those of version 1. */
const TOPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];

/**
 * Those of some control groups (paths as /proc/PID/cgroup has them) in which nothing runs until somebody lets it: frozen
 * themselves, or one above them is (cgroup.events; kernel, Documentation/admin-guide/cgroup-v2.rst). A frozen one of version 1
 * shows by its threads, which sleep uninterruptibly.
 */
export function frozenGroups(groups: Iterable<string>, tops = TOPS): ReadonlySet<string> {
  const isFrozen = (group: string): boolean =>
    tops.some(top => /^frozen 1$/m.test(readText(`${top}${group}/cgroup.events`) ?? ''));
  return new Set([...new Set(groups)].filter(isFrozen));
}
