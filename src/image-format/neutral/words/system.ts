/** Names of what belongs to the machine rather than to a process. */

/** AUTOFS_TYPE_*: what triggers a mount (criu/autofs.c, AUTOFS_MODE_*). */
export const autofsModes = { direct: 0, indirect: 1, offset: 2 } as const;

/** Vendors that CRIU tells apart (cpuinfo_x86_entry.vendor). */
export const processorVendors = { unknown: 0, intel: 1, amd: 2 } as const;

/** Byte orders of a PowerPC (cpuinfo_ppc64_entry.endianness). */
export const byteOrders = { big: 0, little: 1 } as const;
