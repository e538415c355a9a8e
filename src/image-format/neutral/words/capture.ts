/** Words: how a tree was captured, with CRIU's numbers. */
/** Linux security modules, as CRIU's lsmtype numbers them. */
export const securityModules = { none: 0, selinux: 1, apparmor: 2 } as const;
/** How the connections of the tree were locked (CRIU's network_lock_method). */
export const networkLocks = { iptables: 1, nftables: 2, skip: 3 } as const;
/** How pages are compressed (CRIU's --compress). */
export const compressions = { none: 0, lz4: 1 } as const;
