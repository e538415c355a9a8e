import type { GraphEnd, GraphTie } from './graph.js';

/**
 * Connections between two trees of one bundle. Each tree sees its own half, with the other end far away; both halves
 * together are one tie that stays inside. Pure.
 */
export function joinTrees(ties: readonly GraphTie[]): readonly GraphTie[] {
  const halves = new Map(
    ties.flatMap(tie => {
      const ends = endsOf(tie);
      return ends === undefined ? [] : [[ends.join(' '), tie] as const];
    }),
  );
  const joined = new Set<GraphTie>();
  return ties.flatMap(tie => {
    if (joined.has(tie)) return [];
    const [local = '', remote = ''] = endsOf(tie) ?? [];
    const other = halves.get(`${remote} ${local}`);
    if (local === '' || other === undefined || other === tie) return [tie];
    joined.add(other);
    return [
      {
        ...tie,
        kind: 'tcp' as const,
        standing: 'inside' as const,
        happens: 'In the bundle, with both ends.',
        ends: [...tie.ends, ...other.ends].filter(isProcess),
      },
    ];
  });
}

/** Local and remote address of a connection whose other end is not in its tree; undefined for any other tie. */
function endsOf(tie: GraphTie): readonly [string, string] | undefined {
  const match = tie.kind === 'remote' ? /^tcp (\S+) \u2013 (\S+)$/.exec(tie.name) : null;
  return match === null ? undefined : [match[1] ?? '', match[2] ?? ''];
}

function isProcess(end: GraphEnd): boolean {
  return !end.process.startsWith('e:');
}
