import { frozenLocks } from '../../converters/locks.js';
import { statPath } from '../../host/proc/files.js';
import type { PolicyLockedFile } from '../../image-format/bundle/manifest.js';
import type { Tree } from '../../image-format/neutral/index.js';

/**
 * The files that a tree has locked, each with the time of its last change. The thaw sees by it whether somebody has written to
 * them since: two clocks, or one that was set, say nothing of that. To be asked while the tree stands still.
 */
export function lockedFiles(tree: Tree): readonly PolicyLockedFile[] {
  const paths = new Set(frozenLocks(tree).map(({ path }) => path));
  return [...paths].flatMap(path => {
    const found = statPath(path);
    return found === undefined ? [] : [{ path, modified: found.mtimeMs }];
  });
}
