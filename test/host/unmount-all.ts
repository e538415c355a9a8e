/** A line of shell that takes away every mount of these file systems, among the mounts of whoever runs it. */
export function unmountAll(...kinds: readonly string[]): string {
  return `for one in $(findmnt -rno TARGET -t ${kinds.join(',')}); do umount -l "$one" || exit; done`;
}
