/** Addresses of sockets as texts, as `ss` and `Socket` have them. Pure. */

/** A v6 socket that talks v4 shows mapped addresses: written as v4 both ends meet. */
export function plain(address: string): string {
  const match = /^\[::ffff:([\d.]+)\]:(\d+)$/.exec(address);
  return match === null ? address : `${match[1]}:${match[2]}`;
}

/** `10.0.0.1:80` → `10.0.0.1`, `[::1]:80` → `[::1]`: as `ss` writes it, brackets and all. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

/** `10.0.0.1:80` → `80`. */
export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

/** Whether what a socket talks to is this machine: by loopback, or by the very address that it talks from. */
export function isOfThisMachine(socket: { readonly local: string; readonly remote: string }): boolean {
  const remote = hostOf(plain(socket.remote));
  return remote.startsWith('127.') || remote === '[::1]' || remote === hostOf(plain(socket.local));
}

/** Whether a socket that is bound, and connected to nobody, takes what comes to an address. */
export function isFor(bound: string, address: string): boolean {
  if (portOf(bound) !== portOf(address)) return false;
  const [host, wanted] = [hostOf(plain(bound)), hostOf(plain(address))];
  // A wildcard of version 6 takes version 4 as well, unless told not to.
  return host === wanted || host === '[::]' || (host === '0.0.0.0' && !wanted.startsWith('['));
}
