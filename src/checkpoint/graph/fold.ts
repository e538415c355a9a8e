import { put } from '../../lists.js';
import type { Standing, TieKind } from '../closure/index.js';
import type { Graph, GraphProcess, GraphTie } from './graph.js';

/**
 * A graph made small enough to read: processes that nothing tells apart (the 20 backends of a database, their 20
 * clients) become one box, and so do the ties between the same boxes. What stays inside a tree and is held by many
 * is summed up, not drawn.
 */
export interface FoldedGraph {
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly links: readonly Link[];
  /** Inside ties that are not drawn: `pipe × 3`. */
  readonly summary: readonly { readonly kind: TieKind; readonly count: number }[];
  readonly unknown: readonly string[];
}

export interface Box {
  readonly id: string;
  readonly name: string;
  /** One example of the members' arguments. */
  readonly command: string;
  readonly pids: readonly number[];
  readonly parent: string | undefined;
  readonly inside: boolean;
  readonly root: boolean;
}

/** A tie (or several of one kind between the same boxes). Two boxes or more; one, where members of a box hold it together. */
export interface Link {
  readonly kind: TieKind;
  readonly standing: Standing;
  /** Of the first one. */
  readonly name: string;
  readonly happens: string;
  readonly remedy: string;
  readonly count: number;
  readonly boxes: readonly string[];
}

/** What families share as a matter of course: drawn only where it crosses. */
const BACKGROUND: ReadonlySet<TieKind> = new Set(['session', 'group', 'cgroup', 'parent', 'open-file']);
/** An inside tie with more boxes than this makes a hairball: summed up. */
const MOST_DRAWN = 4;

/** Folds; `all` keeps every process and every tie but parenthood, which boxes carry themselves. Pure. */
export function fold(graph: Graph, all = false): FoldedGraph {
  const boxOf = all ? new Map(graph.processes.map(one => [one.id, one.id])) : groupAlike(graph);
  const boxes = makeBoxes(graph, boxOf);
  const links = new Map<string, Link>();
  const summary = new Map<TieKind, number>();
  for (const tie of graph.ties) {
    if (tie.kind === 'parent' && tie.standing === 'inside') continue;
    const ends = [...new Set(tie.ends.map(end => boxOf.get(end.process) ?? end.process))];
    if (!all && isBackground(tie, ends)) {
      summary.set(tie.kind, (summary.get(tie.kind) ?? 0) + 1);
      continue;
    }
    const key = `${tie.kind} ${tie.standing} ${[...ends].sort().join(' ')}`;
    const known = all ? undefined : links.get(key);
    const { kind, standing, name, happens, remedy } = tie;
    links.set(
      all ? tie.id : key,
      known === undefined
        ? { kind, standing, name, happens, remedy, count: 1, boxes: ends }
        : { ...known, count: known.count + 1 },
    );
  }
  return {
    title: graph.title,
    boxes,
    links: [...links.values()].sort((a, b) => RANK[a.standing] - RANK[b.standing]),
    summary: [...summary].map(([kind, count]) => ({ kind, count })),
    unknown: graph.unknown,
  };
}

const RANK: Readonly<Record<Standing, number>> = { blocking: 0, crossing: 1, inside: 2 };

function isBackground(tie: GraphTie, boxes: readonly string[]): boolean {
  if (tie.standing === 'blocking') return false;
  if (tie.kind === 'cgroup') return true;
  if (tie.standing === 'crossing') return false;
  return BACKGROUND.has(tie.kind) || boxes.length > MOST_DRAWN || boxes.length < 2;
}

/**
 * Processes are alike when they have the same name, lie on the same side, and have the same parent box and the same
 * ties, the other ends told by name only. One pass of refinement is enough for families: parents are told by name.
 */
function groupAlike(graph: Graph): ReadonlyMap<string, string> {
  const byId = new Map(graph.processes.map(one => [one.id, one]));
  const tiesOf = new Map<string, Set<string>>();
  const children = new Set(graph.processes.flatMap(one => one.parent ?? []));
  for (const tie of graph.ties) {
    const ends = [...new Set(tie.ends.map(end => end.process))];
    // Large ties are the same for all who hold them: the tie itself tells, not its many ends.
    const text =
      ends.length > MOST_DRAWN || tie.standing === 'inside'
        ? `${tie.kind} ${tie.standing}`
        : `${tie.kind} ${tie.standing} ${ends
            .map(id => nameOf(byId.get(id)))
            .sort()
            .join(' ')}`;
    for (const id of ends) {
      const known = tiesOf.get(id) ?? new Set<string>();
      known.add(text);
      tiesOf.set(id, known);
    }
  }
  const groups = new Map<string, string>();
  const boxOf = new Map<string, string>();
  for (const one of graph.processes) {
    const ties = [...(tiesOf.get(one.id) ?? [])].sort().join(';');
    // Roots and whoever has children of its own stay by themselves: the tree must remain readable.
    const alone = one.root || children.has(one.id) ? one.id : '';
    const key = [nameOf(one), one.inside, one.parent ?? '', alone, ties].join('|');
    const box = groups.get(key) ?? one.id;
    groups.set(key, box);
    boxOf.set(one.id, box);
  }
  return splitSmall(graph, boxOf);
}

/** A group this small is told apart by arguments as well: the five helpers of a database each have their own. */
const SMALL = 8;

/** Splits small groups whose members were started with (or call themselves by) different arguments. */
function splitSmall(graph: Graph, boxOf: Map<string, string>): ReadonlyMap<string, string> {
  const members = new Map<string, GraphProcess[]>();
  for (const one of graph.processes) put(members, boxOf.get(one.id) ?? one.id, one);
  for (const list of members.values()) {
    if (list.length > SMALL) continue;
    const byCommand = new Map<string, string>();
    for (const one of list) {
      const command = one.command.replace(/\d+/g, '#');
      const box = byCommand.get(command) ?? one.id;
      byCommand.set(command, box);
      boxOf.set(one.id, box);
    }
  }
  return boxOf;
}

/** Where a program writes what it does over its own name or arguments, the number in it tells nothing. */
function nameOf(one: GraphProcess | undefined): string {
  return (one?.name ?? '?').replace(/\d+/g, '#');
}

function makeBoxes(graph: Graph, boxOf: ReadonlyMap<string, string>): readonly Box[] {
  const members = new Map<string, GraphProcess[]>();
  for (const one of graph.processes) put(members, boxOf.get(one.id) ?? one.id, one);
  return [...members].flatMap(([id, list]) => {
    const [first] = list;
    if (first === undefined) return [];
    return [
      {
        id,
        name: first.name,
        command: first.command,
        pids: list.flatMap(one => one.pid ?? []),
        parent: first.parent === undefined ? undefined : boxOf.get(first.parent),
        inside: first.inside,
        root: first.root,
      },
    ];
  });
}
