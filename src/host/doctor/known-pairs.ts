import { liesIn, type VersionRange, versionOf } from '../../versions.js';
import type { Finding } from './finding.js';

/** A CRIU and a kernel that do not go together, as measured (docs/limits.md has the most of it) or as CRIU's sources say. */
interface KnownPair {
  readonly id: string;
  readonly criu: VersionRange;
  readonly kernel: VersionRange;
  readonly what: string;
  readonly consequence: string;
  readonly remedy: string;
  readonly prevents?: 'freeze';
}

export const knownPairs: readonly KnownPair[] = [
  {
    id: 'pair.vdso-bounds',
    criu: { below: '3.18' },
    kernel: { least: '6.18' },
    what: 'this CRIU does not start on kernels from 6.18 on ("Unexpected rt vDSO area bounds")',
    consequence: 'nothing can be frozen or thawed',
    remedy: 'use CRIU 4.2.1 (Debian forky) or newer: --criu PATH',
    prevents: 'freeze',
  },
  {
    id: 'pair.passcred',
    criu: { below: '4.2' },
    kernel: { least: '6.16' },
    what: 'this CRIU cannot freeze network sockets on kernels from 6.16 on',
    consequence:
      'programs with a TCP or UDP socket cannot be frozen: the kernel refuses SO_PASSCRED on them, which this CRIU asks for',
    remedy: 'use CRIU 4.2.1 (Debian forky) or newer: --criu PATH',
  },
  {
    id: 'pair.rseq',
    criu: {},
    kernel: { below: '5.13' },
    what: 'kernels before 5.13 do not say how a program registered rseq',
    consequence: 'programs that use glibc 2.35 or newer cannot be frozen here (they can be thawed)',
    remedy:
      'use a newer kernel, or start such programs with GLIBC_TUNABLES=glibc.pthread.rseq=0 in their environment',
  },
];

/** Pure: what is known about this CRIU on this kernel. `kernel` as `uname -r` says it. */
export function judgePair(criu: string, kernel: string): Finding[] {
  const release = versionOf(kernel) ?? '0';
  return knownPairs
    .filter(pair => liesIn(criu, pair.criu) && liesIn(release, pair.kernel))
    .map(({ id, what, consequence, remedy, prevents }) => ({
      id,
      area: 'criu',
      grade: prevents === undefined ? 'limited' : 'bad',
      what,
      consequence,
      remedy,
      ...(prevents === undefined ? {} : { prevents }),
    }));
}
