/** Numbers of file systems: f_type of statfs(2), from include/uapi/linux/magic.h. */
const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;
export const MQUEUE_MAGIC = 0x19800202;

/** @param magic the number of a file system; 0 for none. Whether a reboot empties it. */
export function isMemoryFileSystem(magic: number): boolean {
  return magic === TMPFS_MAGIC || magic === RAMFS_MAGIC;
}
