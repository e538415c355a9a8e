/** Words: registers. */
/** Which instruction set an x86-64 thread runs (the numbers are CRIU's user_x86_regs_mode). */
export const x86Modes = { '64-bit': 1, '32-bit': 2 } as const;
