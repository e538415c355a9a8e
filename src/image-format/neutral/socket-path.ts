/** No schemas here. */
import { join } from 'node:path';

/** The path that a unix socket is bound to; undefined where it has no address, an abstract name, or a path from nowhere. */
export function socketPath({
  name,
  directory = '',
}: {
  readonly name?: string | undefined;
  readonly directory?: string | undefined;
}): string | undefined {
  if (name === undefined) return undefined;
  // A path may end with zero bytes; an abstract name begins with one.
  const text = Buffer.from(name, 'base64').toString();
  if (text.startsWith('\0')) return undefined;
  const bare = text.replace(/\0+$/, '');
  const path = bare.startsWith('/') ? bare : join(directory, bare);
  return path.startsWith('/') ? path : undefined;
}
