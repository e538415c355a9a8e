/** What a process keeps in a processor, or chose its code for, and the processor here does not have. */
import type { Thread, Tree } from '../../image-format/neutral/index.js';
import type { KernelContext, KernelStep } from './step.js';

/**
 * State components of XSAVE by bit (Intel SDM volume 1, 13.1), with the flag of /proc/cpuinfo that a kernel shows where
 * it keeps them. Protection keys (bit 9) are looked at by their value: a kernel with them sets them for everybody.
 */
const COMPONENTS: readonly (readonly [bits: readonly number[], flag: string, what: string])[] = [
  [[2], 'avx', 'AVX registers'],
  [[5, 6, 7], 'avx512f', 'AVX-512 registers'],
  [[11, 12], 'user_shstk', 'a shadow stack'],
];

/** The configuration of AMX tiles and their data, as state components of XSAVE (Intel SDM volume 1, 13.1). */
const TILES: readonly number[] = [17, 18];

/** PKRU where nobody set it: every key but 0 is closed (arch/x86/mm/pkeys.c, init_pkru_value). */
const USUAL_KEYS: readonly (number | undefined)[] = [undefined, 0, 0x5555_5554];

/**
 * Instructions that libraries choose at the start of a program, such as glibc its string functions and the way into a
 * library's function (_dl_runtime_resolve_xsavec). Only flags that every kernel since 5.10 shows where the processor has
 * them: a kernel that does not know a flag yet shows none, and some hide rdrand, rdseed and rtm of the same processor
 * (arch/x86/kernel/cpu/amd.c; tsx=), where a frozen program lives on all the same.
 */
// biome-ignore format: a list
const INSTRUCTIONS: readonly string[] = [
  'pni', 'ssse3', 'sse4_1', 'sse4_2', 'sse4a', 'popcnt', 'abm', 'bmi1', 'bmi2', 'movbe', 'adx', 'cx16', 'lahf_lm',
  'aes', 'pclmulqdq', 'sha_ni', 'gfni', 'vaes', 'vpclmulqdq', 'f16c', 'fma', 'fma4', 'xop', 'tbm', 'avx', 'avx2',
  'avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl', 'avx512ifma', 'avx512vbmi', 'avx512_vbmi2',
  'avx512_vnni', 'avx512_bitalg', 'avx512_vpopcntdq', 'avx512_bf16', 'avx512_vp2intersect', 'xsaveopt', 'xsavec',
  'xgetbv1', 'clflushopt', 'clwb', 'rdtscp', 'rdpid', 'movdiri', 'movdir64b', 'waitpkg', 'serialize',
];

export const processorState: KernelStep = {
  name: 'processor-state',
  apply(tree, { machine, lost }) {
    const here = featuresOf(tree, machine);
    if (here === undefined) return tree;
    tree.processes.forEach((process, index) => {
      process.threads.forEach((thread, position) => {
        const lacking = COMPONENTS.filter(([bits, flag]) => holds(thread, bits) && !here.has(flag));
        for (const [, flag, what] of lacking) {
          lost({
            field: 'x86.floatingPoint.extended.features',
            at: `/processes/${index}/threads/${position}`,
            severity: 'fatal',
            reason: `thread ${thread.tid} of process ${process.pid} uses ${what}, which this processor or kernel does not have (${flag})`,
          });
        }
        if (here.has('ospke') || USUAL_KEYS.includes(extended(thread)?.protectionKeys?.[0])) return;
        lost({
          field: 'x86.floatingPoint.extended.protectionKeys',
          at: `/processes/${index}/threads/${position}`,
          severity: 'degrading',
          reason: `thread ${thread.tid} of process ${process.pid} has set protection keys, which this processor or kernel does not have (ospke): memory that it closed is open`,
        });
      });
    });
    return tree;
  },
};

/**
 * AMX tiles come back nowhere: CRIU's images have no field for their data (user_x86_xsave_entry), and no CRIU asks for the
 * permission to use them (arch_prctl(2), ARCH_REQ_XCOMP_PERM), without which the first instruction for a tile ends the
 * process.
 */
export const amxTiles: KernelStep = {
  name: 'amx-tiles',
  apply(tree, { lost }) {
    tree.processes.forEach((process, index) => {
      process.threads.forEach((thread, position) => {
        if (!holds(thread, TILES)) return;
        lost({
          field: 'x86.floatingPoint.extended.features',
          at: `/processes/${index}/threads/${position}`,
          severity: 'fatal',
          reason: `thread ${thread.tid} of process ${process.pid} uses AMX tiles, and no CRIU saves them or the permission to use them`,
        });
      });
    });
    return tree;
  },
};

export const processorInstructions: KernelStep = {
  name: 'processor-instructions',
  apply(tree, { machine, lost }) {
    const here = featuresOf(tree, machine);
    const there = tree.machine?.processor?.features;
    if (here === undefined || there === undefined) return tree;
    const lacking = INSTRUCTIONS.filter(flag => there.includes(flag) && !here.has(flag));
    if (lacking.length === 0) return tree;
    lost({
      field: 'machine.processor.features',
      at: '/machine/processor/features',
      severity: 'fatal',
      reason: `this processor or kernel lacks instructions that the processes found at their start, and that their libraries chose code for: ${lacking.join(', ')}`,
    });
    return tree;
  },
};

/** Flags of the processor here; undefined where they are not known, or mean another kind of processor. */
function featuresOf(tree: Tree, machine: KernelContext['machine']): ReadonlySet<string> | undefined {
  const features = machine?.processor?.features;
  return features === undefined || tree.architecture !== 'x86-64' ? undefined : new Set(features);
}

function extended(thread: Thread) {
  return thread.x86?.floatingPoint?.extended;
}

/** Whether one of these components is not in its initial state: a program that never used it does not hold it. */
function holds(thread: Thread, bits: readonly number[]): boolean {
  const features = BigInt(extended(thread)?.features ?? 0);
  return bits.some(bit => (features >> BigInt(bit)) & 1n);
}
