/** Words: how a tree was captured, with CRIU's numbers. */
/** Linux security modules, as CRIU's lsmtype numbers them. */
export const securityModules = { none: 0, selinux: 1, apparmor: 2 } as const;
/** How the connections of the tree were locked (enum NETWORK_LOCK_METHOD of criu/include/cr_options.h, as image.c writes it). */
export const networkLocks = { iptables: 0, nftables: 1, skip: 2 } as const;
/** How pages are compressed (CRIU's --compress). */
export const compressions = { none: 0, lz4: 1 } as const;
