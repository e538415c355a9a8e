/**
 * Surroundings in which CRIU can do less than usual, to be put in front of a command. Each has a /run of its own: what
 * CRIU finds out about the kernel there, it notes in /run/criu.kdat, which nobody else must read.
 */
const apart = (setUp: string): string[] => [
  'unshare',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs ckpt-test /run && ${setUp} exec "$@"`,
  'sh',
];

/** Root without a capability. */
export function without(capability: string): string[] {
  return [...apart(''), 'setpriv', `--bounding-set=-${capability}`, `--inh-caps=-${capability}`];
}

/** A network namespace whose loopback is down. */
export const inNewNetwork: readonly string[] = [...apart(''), 'unshare', '--net'];

/** A PID namespace that has the /proc of the one outside. */
export const inOtherPids: readonly string[] = [...apart(''), 'unshare', '--pid', '--fork'];

/** A user namespace in which everybody is root, and root of nothing. */
export const inUserNamespace: readonly string[] = ['unshare', '--user', '--map-root-user'];

export const withoutTerminals: readonly string[] = apart('mount -t tmpfs ckpt-test /dev/pts &&');

/** A folder, named by $PLACE, made read-only. */
export const onReadOnlyDisk: readonly string[] = apart(
  'mount --bind "$PLACE" "$PLACE" && mount -o remount,ro,bind "$PLACE" &&',
);

/** A folder `sub` in $PLACE on a full disk. */
export const onFullDisk: readonly string[] = apart(
  'mkdir -p "$PLACE/sub" && mount -t tmpfs -o size=64k ckpt-test "$PLACE/sub" &&',
);
