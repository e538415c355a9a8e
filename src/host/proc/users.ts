import { PROC, readPiece } from './files.js';

/** What a process may do, and as whom, as this system counts users. */
export interface Rights {
  /**
   * Whether it holds any capability, over the machine or over what belongs to its user namespace. Inheritable ones alone
   * are none: systemd leaves some to its services.
   */
  readonly capable: boolean;
  /** Real, effective, saved and file system IDs. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
}

/** Ranges of IDs that a user namespace calls as the machine does; undefined where it gives any another number. */
export type SameIds = readonly { readonly first: number; readonly count: number }[] | undefined;

/** Of a process or a thread; undefined when it has gone. */
export function readRights(pid: number, tid = pid, proc = PROC): Rights | undefined {
  const status = readPiece(`${proc}/${pid}/task/${tid}/status`);
  if (status === undefined) return undefined;
  const numbers = (key: string): readonly number[] =>
    (new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
  const holds = /^Cap(?:Prm|Eff|Amb):\s*0*[1-9a-f]/m.test(status);
  return { capable: holds, uids: numbers('Uid'), gids: numbers('Gid'), groups: numbers('Groups') };
}

/** @param kind whose IDs */
export function readSameIds(pid: number, kind: 'uid' | 'gid', proc = PROC): SameIds {
  return parseSameIds(readPiece(`${proc}/${pid}/${kind}_map`) ?? '');
}

/** Lines `INSIDE OUTSIDE COUNT` (user_namespaces(7)). Pure. */
export function parseSameIds(text: string): SameIds {
  const rows = text.split('\n').flatMap(line => {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number);
    return inside === undefined || outside === undefined || count === undefined
      ? []
      : [{ inside, outside, count }];
  });
  if (rows.length === 0 || rows.some(({ inside, outside }) => inside !== outside)) return undefined;
  return rows.map(({ inside, count }) => ({ first: inside, count }));
}
