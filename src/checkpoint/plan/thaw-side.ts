import { knownPairs } from '../../host/criu/known-pairs.js';
import { liesIn } from '../../versions.js';
import type { Side } from '../check/rule.js';

/**
 * Where a bundle will be thawed, as far as it can be told: on a kernel that was named by the CRIU that freezes it, where no
 * other was named. Pure.
 * @param said versions that somebody named
 */
export function thawSide(said: Side, criu: string): Side {
  return said.kernel === undefined || said.criu !== undefined ? said : { ...said, criu };
}

/**
 * What is to be known of the CRIU at hand where nobody has said which kernel comes: that it works on older ones only. Pure.
 */
export function newKernelWarning(said: Side, criu: string): string | undefined {
  const version = said.criu ?? criu;
  if (said.kernel !== undefined || !liesIn(version, knownPairs.vdso.criu)) return undefined;
  return `CRIU ${version} thaws nothing on kernels from ${knownPairs.vdso.kernel.least} on: name the kernel that comes with --for-kernel, and have CRIU 4.2 or newer there if it is one of these`;
}
