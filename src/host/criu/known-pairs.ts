/**
 * Releases of CRIU and of the kernel that do not go together: what doctor, check and the causes of failures all go by. As
 * they are on x86-64, the one architecture that ckpt is built for: another one would need rows of its own.
 */
import type { VersionRange } from '../../versions.js';

interface KnownPair {
  readonly criu: VersionRange;
  readonly kernel: VersionRange;
}

export const knownPairs = {
  /**
   * Linux 6.13 has put [vvar_vclock] between [vvar] and [vdso] (e93d2521b27f, "x86/vdso: Split virtual clock pages into
   * dedicated mapping"). CRIU knows that mapping from 4.1 on (8ee2eba47, "vdso: handle vvar_vclock vma-s"); before,
   * criu/vdso.c, validate_vdso_addr(), wants the two side by side. First reported as CRIU's issue 2532.
   */
  vdso: { criu: { below: '4.1' }, kernel: { least: '6.13' } },
  /** From 6.16 on the kernel says SO_PASSCRED only of sockets that can pass credentials (net/core/sock.c, sk_may_scm_recv()). */
  passcred: { criu: { below: '4.2' }, kernel: { least: '6.16' } },
  /** PTRACE_GET_RSEQ_CONFIGURATION is there from 5.13 on (ptrace(2)). */
  rseq: { criu: {}, kernel: { below: '5.13' } },
} as const satisfies Record<string, KnownPair>;
