import type { Closure, TieEnd } from '../../../src/checkpoint/closure/index.js';
import type { Creature } from './keeper.js';

/**
 * Ties as short lines that an answer can be written in by hand: `crossing pipe root !outer`. Outsiders carry a `!`;
 * who is nobody's process is `?`. That the root is a child of whoever started it is left out: it always is.
 */
export function describeTies(closure: Closure, creature: Creature): readonly string[] {
  const roots = new Set(closure.roots);
  return closure.ties
    .filter(tie => !(tie.kind === 'parent' && tie.ends.some(end => !end.inside) && isRoots(tie.ends)))
    .map(tie => `${tie.standing} ${tie.kind} ${[...new Set(tie.ends.map(role))].sort(order).join(' ')}`)
    .sort();

  function isRoots(ends: readonly TieEnd[]): boolean {
    return ends.some(end => end.inside && end.pid !== undefined && roots.has(end.pid));
  }
  function role(end: TieEnd): string {
    if (end.pid === undefined) return '?';
    return `${end.inside ? '' : '!'}${creature.roles.get(end.pid) ?? end.name}`;
  }
  function order(a: string, b: string): number {
    const rank = (text: string): number => (text.startsWith('!') ? 1 : text === '?' ? 2 : 0);
    return rank(a) - rank(b) || (a < b ? -1 : 1);
  }
}
