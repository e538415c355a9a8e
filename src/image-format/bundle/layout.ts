/**
 * Where things lie in a bundle directory. Nothing else may lie there: a member too many is as suspect as one
 * missing.
 */
export const MANIFEST = 'manifest.json';
export const DOCUMENT = 'document.json';
export const STATE = 'state.json';
/**
 * There as long as the processes are nowhere but in this bundle, for whoever can only ask whether a file is there (systemd)
 * and for early boot, which keeps their numbers free: it holds the highest one. Not a member, and never in a `.ckpt` file.
 */
export const FROZEN = 'frozen';
/** nftables rules for the TCP connections of the frozen processes, ready for `nft -f`; only where there are some. */
export const GUARD = 'guard.nft';

/** The newest bundle layout that this `ckpt` writes, and the oldest that it reads. */
export const BUNDLE_VERSION = 1;

/**
 * Caps that hold before anything is parsed: a bundle is hostile until proved otherwise. Bytes. A manifest of that size
 * names 100,000 members.
 */
export const MAX_MANIFEST = 8 * 1024 * 1024;
/** Rules are a line for each connection, and only handed on. */
export const MAX_GUARD = 64 * 1024 * 1024;
export const MAX_DOCUMENT = 512 * 1024 * 1024;

/** The only member paths there are; no `..`, no absolute path, no second slash can match. */
const MEMBER =
  /^(?:document\.json|guard\.nft|(?:memory|payload|files)\/[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?)$/;

/** Whether a path may stand in a manifest or an archive. */
export function isMemberPath(path: string): boolean {
  return path.length <= 255 && MEMBER.test(path);
}

/** Contents of files that were carried along. */
export function isFileMember(path: string): boolean {
  return path.startsWith('files/') && isMemberPath(path);
}

/** Bundle names become directory names: short, visible, and without a slash or a leading dot. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@:+-]{0,127}$/;

/** Whether a bundle can be called so: what ends like a file of `ckpt` would be taken for one. */
export function isBundleName(name: string): boolean {
  return NAME.test(name) && !name.endsWith('.ckpt');
}

/** Turns any text, such as a command's name, into something that `isBundleName` accepts. */
export function toBundleName(text: string): string {
  const cleaned = text
    .replace(/[^A-Za-z0-9._@:+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .replace(/\.ckpt$/, '');
  return cleaned.slice(0, 128) || 'tree';
}
