import type { SeenTree } from './rule.js';

/**
 * What was seen the second time, without the ties that would stand in the way and were not there the first time. Pure. A look
 * takes its time, and of a connection that is made meanwhile it sees one end: it looks tied to somebody who is not there.
 * CRIU stops the tree before it looks, and says so if there is one after all.
 */
export function steady(first: readonly SeenTree[], second: readonly SeenTree[]): readonly SeenTree[] {
  const known = new Set(first.flatMap(({ ties }) => ties.map(({ id }) => id)));
  return second.map(tree => ({
    ...tree,
    ties: tree.ties.filter(({ id, standing }) => standing !== 'blocking' || known.has(id)),
  }));
}
