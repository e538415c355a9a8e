/** A v6 socket that talks v4 shows mapped addresses: written as v4 both ends meet. */
export function plain(address: string): string {
  const match = /^\[::ffff:([\d.]+)\]:(\d+)$/.exec(address);
  return match === null ? address : `${match[1]}:${match[2]}`;
}

export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

/** Whether what a socket talks to is this machine: by loopback, or by the very address that it talks from. */
export function isOfThisMachine(socket: { readonly local: string; readonly remote: string }): boolean {
  const remote = hostOf(plain(socket.remote));
  return remote.startsWith('127.') || remote === '[::1]' || remote === hostOf(plain(socket.local));
}
