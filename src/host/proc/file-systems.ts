/** Numbers of file systems: f_type of statfs(2), from include/uapi/linux/magic.h. */
const IN_MEMORY: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);
export const MQUEUE_MAGIC = 0x19800202;

/** What a file system is called that ends with the kernel; undefined for others. */
export function memoryFileSystem(magic: number): string | undefined {
  return IN_MEMORY.get(magic);
}

/** Whether a reboot empties it. `magic` is 0 for none. */
export function isMemoryFileSystem(magic: number): boolean {
  return memoryFileSystem(magic) !== undefined;
}
