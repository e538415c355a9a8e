/** Bytes in MiB (2^20), rounded up, as failures and warnings say sizes. Pure. */
export function inMib(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

/** The same with its unit behind it. */
export function mib(bytes: number): string {
  return `${inMib(bytes)} MiB`;
}
