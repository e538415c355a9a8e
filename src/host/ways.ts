import { dirname } from 'node:path';
import { readLink, statLink } from './proc/files.js';

/** A link that somebody else than root has put somewhere. */
export interface ForeignLink {
  readonly path: string;
  readonly to: string;
  /** Its owner. */
  readonly uid: number;
}

/** What lies on the way to a path, from the top. */
export interface Way {
  /** Whether root alone can put something else in the place of anything on it. */
  readonly safe: boolean;
  /** Whether there is a link on it, the last name included. */
  readonly linked: boolean;
  /** The first link on it that is not root's. */
  readonly foreign?: ForeignLink | undefined;
}

type Stat = ReturnType<typeof statLink>;

/** A way, and what lies at its end. */
interface Seen extends Way {
  readonly itself: Stat;
}

/** S_ISVTX: who owns neither the folder nor what lies in it may not put anything else there (inode(7)). */
const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/** Gives the ways to paths, absolute ones. Each folder is looked at once, so for one moment: not to be kept. */
export function makeWays(): (path: string) => Way {
  const known = new Map<string, Seen>([['/', { safe: true, linked: false, itself: statLink('/') }]]);
  const wayTo = (path: string): Seen => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const above = wayTo(dirname(path));
    const itself = statLink(path);
    const linked = itself?.isSymbolicLink() === true;
    const way: Seen = {
      itself,
      safe: above.safe && isRootsPlace(above.itself, itself),
      linked: above.linked || linked,
      foreign:
        above.foreign ??
        (linked && itself.uid !== 0 ? { path, to: readLink(path) ?? '', uid: itself.uid } : undefined),
    };
    known.set(path, way);
    return way;
  };
  return wayTo;
}

/** Of a link in the place of a folder nobody knows whose folder it leads to. */
function isRootsPlace(folder: Stat, itself: Stat): boolean {
  if (folder?.isDirectory() !== true || folder.uid !== 0) return false;
  if ((folder.mode & WRITABLE_BY_OTHERS) === 0) return true;
  return (folder.mode & STICKY) !== 0 && itself?.uid === 0;
}
