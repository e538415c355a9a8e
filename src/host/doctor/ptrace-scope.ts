import { readText } from '../proc/files.js';

/** The value at which nobody may attach, root included, until the next boot (security/yama/yama_lsm.c, YAMA_SCOPE_NO_ATTACH). */
export const NO_ATTACH = 3;

/** kernel.yama.ptrace_scope; undefined where there is no Yama. */
export function readPtraceScope(): number | undefined {
  const scope = readText('/proc/sys/kernel/yama/ptrace_scope');
  return scope === undefined ? undefined : Number(scope);
}
