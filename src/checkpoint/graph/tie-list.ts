import type { Standing, TieKind } from '../closure/index.js';
import type { GraphEnd, GraphProcess, GraphTie } from './graph.js';
import type { Holder } from './holders.js';

/** What ties processes of a tree. */
export interface NewTie {
  readonly kind: TieKind;
  /** Tells it from others of its kind. */
  readonly key: string;
  readonly name: string;
  readonly holders: readonly Holder[];
  /** The other end, where that is not in the bundle. */
  readonly away?: string | undefined;
}

const WORDS: Readonly<Record<Standing, string>> = {
  inside: 'In the bundle, with both ends.',
  crossing: 'The other end is not in the bundle.',
  blocking: '',
};

/** The ties of a frozen tree, and the ends of them that are elsewhere. */
export class TieList {
  readonly ties: GraphTie[] = [];
  readonly elsewhere: GraphProcess[] = [];

  /** @param label the tree's, in the document */
  constructor(private readonly label: string) {}

  idOf(pid: number): string {
    return `p${this.label}:${pid}`;
  }

  /** What has one end only ties nobody. */
  add({ kind, key, name, holders, away }: NewTie): void {
    const ends: GraphEnd[] = holders.map(([pid, how]) => ({ process: this.idOf(pid), how }));
    if (away !== undefined) ends.push({ process: this.#outsider(away), how: 'other end' });
    if (ends.length < 2) return;
    const standing: Standing = away === undefined ? 'inside' : 'crossing';
    const id = `${kind}:${this.label}:${key}`;
    this.ties.push({ id, kind, name, standing, happens: WORDS[standing], remedy: '', ends });
  }

  #outsider(name: string): string {
    const id = `e:${name}`;
    const unknown = { pid: undefined, command: '', parent: undefined, inside: false, root: false };
    this.elsewhere.push({ id, name, ...unknown });
    return id;
  }
}
