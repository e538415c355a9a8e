import { readFileSync } from 'node:fs';

/** The value at which nobody may attach, root included, until the next boot (security/yama/yama_lsm.c, YAMA_SCOPE_NO_ATTACH). */
export const NO_ATTACH = 3;

/** kernel.yama.ptrace_scope; undefined where there is no Yama. */
export function readPtraceScope(): number | undefined {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim());
  } catch {
    return undefined;
  }
}
