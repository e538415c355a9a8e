/** A place of a mount namespace where something of the machine is mounted. */
export interface KeptPlace {
  readonly mountpoint: string;
  /** Where it lies on the machine. */
  readonly source: string;
  /** How to make the folder again if it is gone; missing for what is no folder. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** For a file without contents, which is made again if it is gone. */
  readonly empty?: true | undefined;
}

/** What is outside of a tree with mounts of its own, and yet seen or open inside. */
export interface KeptMounts {
  readonly places: readonly KeptPlace[];
  /** /dev/null as it was opened before the mounts were made (systemd does so for standard input). */
  readonly nulls: readonly { readonly mount: number; readonly inode: number }[];
}

/** At the dump each mount from outside gets a name, which is its place (criu/mount.c, try_resolve_ext_mount()). */
export function mountNames({ places }: KeptMounts): string[] {
  return places.flatMap(({ mountpoint }) => ['--external', `mnt[${mountpoint}]:${mountpoint}`]);
}

/** At the restore each name gets the path that is to be mounted there (criu/mount.c, get_mp_mountpoint()). */
export function mountSources({ places }: KeptMounts): string[] {
  return places.flatMap(({ mountpoint, source }) => ['--external', `mnt[${mountpoint}]:${source}`]);
}

/** How CRIU calls a file that was opened outside (criu/files-reg.c, dump_one_reg_file()). */
export function outsideFile({ mount, inode }: { readonly mount: number; readonly inode: number }): string {
  return `file[${mount.toString(16)}:${inode.toString(16)}]`;
}

/**
 * Makes a command run in mounts of its own, with the whole of the machine's root file system mounted once more at
 * `root`, where CRIU wants it for a tree with mounts of its own. They go with the command, however that ends. `slave`:
 * what the command mounts stays there, and what the machine mounts still arrives, also in the thawed tree.
 */
export function withRoot(root: string, command: readonly string[]): readonly string[] {
  const script = 'mount --bind / "$0" && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', script, root, ...command];
}
