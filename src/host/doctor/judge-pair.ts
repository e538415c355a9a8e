import { liesIn, type VersionRange, versionOf } from '../../versions.js';
import { knownPairs } from '../criu/known-pairs.js';
import type { Finding } from './finding.js';

/** What a CRIU and a kernel that do not go together mean for whoever has both. */
interface PairWords {
  readonly id: string;
  readonly criu: VersionRange;
  readonly kernel: VersionRange;
  readonly what: string;
  readonly consequence: string;
  readonly remedy: string;
  readonly prevents?: 'freeze';
}

/** From 4.2 on CRIU goes with every kernel that is known, whatever the pair that was met. */
const NEWER = 'use CRIU 4.2 or newer (Debian forky has 4.2.1): --criu PATH';

const pairs: readonly PairWords[] = [
  {
    id: 'pair.vdso-bounds',
    ...knownPairs.vdso,
    what: 'this CRIU does not start on kernels from 6.13 on ("Unexpected rt vDSO area bounds")',
    consequence: 'nothing can be frozen or thawed',
    remedy: `${NEWER}; or boot a kernel before 6.13, where this one thaws`,
    prevents: 'freeze',
  },
  {
    id: 'pair.passcred',
    ...knownPairs.passcred,
    what: 'this CRIU cannot freeze network sockets on kernels from 6.16 on',
    consequence:
      'programs with a TCP or UDP socket cannot be frozen: the kernel refuses SO_PASSCRED on them, which this CRIU asks for',
    remedy: NEWER,
  },
  {
    id: 'pair.rseq',
    ...knownPairs.rseq,
    what: 'kernels before 5.13 do not say how a program registered rseq',
    consequence: 'programs that use glibc 2.35 or newer cannot be frozen here (they can be thawed)',
    remedy:
      'use a newer kernel, or start such programs with GLIBC_TUNABLES=glibc.pthread.rseq=0 in their environment',
  },
];

/** Pure: what is known about this CRIU on this kernel. `kernel` as `uname -r` says it. */
export function judgePair(criu: string, kernel: string): Finding[] {
  const release = versionOf(kernel) ?? '0';
  return pairs
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
