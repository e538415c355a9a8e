import { commonAncestor } from '../../host/proc/index.js';
import type { Look } from './look.js';
import { OUTCOMES, type Outcome } from './outcome.js';
import { isUnasked, type Standing, type Tie, type TieEnd, type TieKind } from './tie.js';
import { toDetach } from './viewers.js';

interface Found {
  readonly kind: TieKind;
  /** What tells this resource from others of its kind: an inode, a PID, a path. */
  readonly key: string | number;
  readonly name: string;
  readonly ends: readonly TieEnd[];
  /** Where the case differs from the rule of its kind. */
  readonly crossing?: Partial<Outcome> & {
    readonly standing?: 'crossing' | 'blocking';
    readonly onRequest?: Tie['onRequest'];
  };
  readonly sockets?: readonly number[];
  /** True when being in separate trees does no harm in this case. */
  readonly separable?: boolean;
}

/** A tie with its standing and words, from the table of outcomes. */
export function makeTie(look: Look, found: Found): Tie {
  const rule = OUTCOMES[found.kind];
  const base = {
    id: `${found.kind}:${found.key}`,
    kind: found.kind,
    name: found.name,
    ends: found.ends,
    ...(found.sockets === undefined ? {} : { sockets: found.sockets }),
  };
  const outside = found.ends.filter(one => !one.inside);
  if (outside.length > 0) {
    const others = nameEnds(outside);
    const fill = (text: string): string => text.replaceAll('{others}', others);
    const { onRequest } = found.crossing ?? {};
    return {
      ...base,
      ...(onRequest === undefined ? {} : { onRequest }),
      standing: found.crossing?.standing ?? rule.crossing.standing,
      happens: fill(found.crossing?.happens ?? rule.crossing.happens),
      remedy: fill(
        toDetach(look, found.ends) ??
          found.crossing?.remedy ??
          (mayBeOne(look, found.ends) ? undefined : rule.apart) ??
          rule.crossing.remedy,
      ),
    };
  }
  const pids = found.ends.flatMap(one => one.pid ?? []);
  const roots = new Set(pids.map(pid => look.treeOf.get(pid)));
  if (roots.size > 1 && rule.separate !== 'kept' && found.separable !== true) {
    const onRequest = rule.separate === 'cut' ? 'cut' : found.crossing?.onRequest;
    return {
      ...base,
      ...(onRequest === undefined || onRequest === 'reconnect' || isUnasked({ onRequest })
        ? {}
        : { onRequest }),
      ...separate(look, pids, rule.separate === 'lost' ? 'crossing' : 'blocking', rule.apart),
    };
  }
  const standing = found.kind === 'trace' ? 'blocking' : 'inside';
  return {
    ...base,
    standing,
    happens: rule.inside,
    remedy: standing === 'blocking' ? rule.crossing.remedy : '',
  };
}

/** Whether the processes at these ends can be frozen as one tree. Of an end that is no process nobody knows. */
function mayBeOne(look: Look, ends: readonly TieEnd[]): boolean {
  const pids = ends.flatMap(({ pid }) => pid ?? []);
  return pids.length < ends.length || usableAncestor(look, pids) !== undefined;
}

function usableAncestor(look: Look, pids: readonly number[]) {
  const ancestor = commonAncestor([...new Set(pids)], look.snapshot.processes);
  return ancestor?.pid === 1 ? undefined : ancestor;
}

function separate(look: Look, pids: readonly number[], standing: Standing, apart: string | undefined) {
  const ancestor = usableAncestor(look, pids);
  return {
    standing,
    ...(ancestor !== undefined && standing === 'blocking' ? { ancestor: ancestor.pid } : {}),
    happens:
      'Both ends are frozen, but in separate trees, and CRIU cannot carry this between two trees it dumps one by one.',
    remedy: ancestor
      ? `Freeze their common ancestor ${ancestor.name} (PID ${ancestor.pid}) instead, which makes them one tree`
      : (apart ?? 'Close it first: the two have no common ancestor below PID 1'),
  };
}

/** `redis-server (PID 131)`, `3 processes: a (1), b (2), c (3)`… */
function nameEnds(ends: readonly TieEnd[]): string {
  const unique = [...new Map(ends.map(one => [one.pid ?? one.name, one])).values()];
  const text = (one: TieEnd): string => (one.pid === undefined ? one.name : `${one.name} (PID ${one.pid})`);
  if (unique.length <= 3) return unique.map(text).join(', ');
  const shown = unique.slice(0, 2).map(text).join(', ');
  return `${shown} and ${unique.length - 2} more`;
}
