/** Names of what is in namespaces: mounts, network devices, settings. */

/** MS_* of mount(2), as a mount or its file system has them. */
// biome-ignore format: a table
export const mountFlags = {
  'read-only': 0x1, 'no-suid': 0x2, 'no-device': 0x4, 'no-execute': 0x8, synchronous: 0x10, remount: 0x20,
  'mandatory-locks': 0x40, 'directory-synchronous': 0x80, 'no-follow': 0x100, 'no-access-time': 0x400,
  'no-directory-access-time': 0x800, bind: 0x1000, move: 0x2000, recursive: 0x4000, silent: 0x8000, 'posix-acl': 0x10000,
  unbindable: 0x20000, private: 0x40000, slave: 0x80000, shared: 0x100000, 'relative-access-time': 0x200000,
  'kernel-mount': 0x400000, 'inode-version': 0x800000, 'strict-access-time': 0x1000000, 'lazy-time': 0x2000000,
} as const;

/** File systems that CRIU knows by number (its fstype); `auto` and `unsupported` have their name beside the number. */
// biome-ignore format: a table
export const fileSystems = {
  unsupported: 0, proc: 1, sysfs: 2, devtmpfs: 3, binfmt_misc: 4, tmpfs: 5, devpts: 6, simfs: 7, pstore: 8,
  securityfs: 9, fusectl: 10, debugfs: 11, cgroup: 12, aufs: 13, mqueue: 14, fuse: 15, auto: 16, overlay: 17,
  autofs: 18, tracefs: 19, cgroup2: 23,
} as const;

/** Kinds of network device (CRIU's nd_type). */
// biome-ignore format: a table
export const deviceTypes = {
  loopback: 1, veth: 2, tun: 3, external: 4, venet: 5, bridge: 6, macvlan: 7, sit: 8,
} as const;

/** IFF_* of netdevice(7). */
// biome-ignore format: a table
export const interfaceFlags = {
  up: 0x1, broadcast: 0x2, debug: 0x4, loopback: 0x8, 'point-to-point': 0x10, 'no-trailers': 0x20, running: 0x40,
  'no-arp': 0x80, promiscuous: 0x100, 'all-multicast': 0x200, master: 0x400, slave: 0x800, multicast: 0x1000,
  'port-select': 0x2000, 'auto-media': 0x4000, dynamic: 0x8000, 'lower-up': 0x10000, dormant: 0x20000, echo: 0x40000,
} as const;

/** How a setting is written (CRIU's SysctlType: the numbers of the kernel's ctl_table days). */
export const settingTypes = { text: 5, integer: 6 } as const;
