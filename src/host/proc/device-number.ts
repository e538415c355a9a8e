/** Device numbers as stat(2) and /proc/PID/stat give them: gnu_dev_major() and gnu_dev_minor() of makedev(3). Pure. */

/** The number of the driver. */
export function majorOf(device: number): number {
  return (device >>> 8) & 0xfff;
}

/** The number of the device among those of its driver. */
export function minorOf(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00);
}
