import type { Finding } from './finding.js';
import { textOf } from './read.js';

interface Kind {
  /** As in the name of its limit: /proc/sys/user/max_KIND_namespaces. */
  readonly name: string;
  /** What does not work where there may be none. */
  readonly without: string;
  readonly prevents?: 'freeze';
}

/** Kinds of namespaces that CRIU makes (criu/timens.c, criu/kerndat.c, criu/namespaces.c). */
const KINDS: readonly Kind[] = [
  {
    name: 'time',
    without: 'nothing can be thawed: CRIU makes one for the clocks of each tree',
    prevents: 'freeze',
  },
  {
    name: 'net',
    without: 'CRIU does not start: it makes one to try out what nftables can',
    prevents: 'freeze',
  },
  { name: 'mnt', without: 'programs with mounts of their own cannot be thawed (most services of systemd)' },
  { name: 'pid', without: 'programs in PID namespaces of their own cannot be thawed' },
  { name: 'user', without: 'programs in user namespaces of their own cannot be thawed' },
];

/** How many namespaces of each kind there may be; undefined where the kernel does not say. */
export type NamespaceLimits = ReadonlyMap<string, number | undefined>;

/** Reads user.max_*_namespaces (namespaces(7)). */
export async function readNamespaceLimits(): Promise<NamespaceLimits> {
  const read = async ({ name }: Kind): Promise<[string, number | undefined]> => {
    const text = await textOf(`/proc/sys/user/max_${name}_namespaces`);
    return [name, text === undefined ? undefined : Number(text.trim())];
  };
  return new Map(await Promise.all(KINDS.map(read)));
}

/** A finding for each kind that was forbidden. Pure. */
export function judgeNamespaces(limits: NamespaceLimits): Finding[] {
  return KINDS.filter(({ name }) => limits.get(name) === 0).map(
    ({ name, without, prevents }): Finding => ({
      id: `namespaces.${name}`,
      area: 'kernel',
      grade: prevents === undefined ? 'limited' : 'bad',
      what: `user.max_${name}_namespaces is 0`,
      consequence: without,
      remedy: `sysctl user.max_${name}_namespaces=1000, and take the setting out of /etc/sysctl.d before the next boot`,
      ...(prevents === undefined ? {} : { prevents }),
    }),
  );
}
