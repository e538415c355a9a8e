import { fail } from '../../errors.js';
import type { Tie, TieKind } from '../closure/index.js';
import type { CheckOptions } from './options.js';
import { fits } from './pattern.js';
import type { SeenTree } from './rule.js';

/** Whether the loss of a tie was accepted with --break. */
export function isBroken(tie: Tie, options: CheckOptions): boolean {
  return options.broken.some(pattern => fits(pattern, tie.id));
}

/** What --break makes of a blocking tie, by what CRIU can do about it. */
export const BROKEN_WORDS: Readonly<Record<'close' | 'cut', string>> = {
  close:
    'Accepted (--break): the thawed program finds the connection closed by the other end, and loses what it had not read.',
  cut: 'Accepted (--break): after the thaw each tree has an end, or a copy, of its own.',
};

/** Why --break cannot help, for the kinds that have a reason of their own. */
const UNBREAKABLE: Readonly<Partial<Record<TieKind, string>>> = {
  terminal: 'CRIU can only exchange it for the terminal of the thaw, which is what --shell-job asks for',
  session: 'CRIU can only exchange it for the session of the thaw, which is what --shell-job asks for',
  unix: 'CRIU can bring back only a stream as one that was closed at the other end, and this is none',
  pidfd: 'a pidfd of a process that is not there cannot be made',
  trace: 'CRIU has to be the tracer itself while it saves a process',
  socket: 'both thawed trees would need the same address',
};

/** Why `--break` cannot give this tie up, as a fragment for the refusal. */
export function whyUnbreakable(tie: Tie): string {
  if (tie.onRequest === 'reconnect') return 'it can be connected again instead: --unix external';
  return UNBREAKABLE[tie.kind] ?? 'CRIU has no way to bring back half of it';
}

/** Inodes of unix sockets that CRIU is to bring back as closed at the other end. */
export function socketsToClose(tree: SeenTree, options: CheckOptions): readonly number[] {
  const closed = tree.ties
    .filter(tie => tie.standing === 'blocking' && tie.onRequest === 'close' && isBroken(tie, options))
    .flatMap(tie => tie.sockets ?? []);
  return [...new Set(closed)];
}

/** Inodes of unix sockets that are to be connected to the journal again. */
export function socketsOfJournal(tree: SeenTree): readonly number[] {
  const journal = tree.ties.filter(tie => tie.standing === 'crossing' && tie.onRequest === 'journal');
  return [...new Set(journal.flatMap(tie => tie.sockets ?? []))];
}

/** Whether it sends to systemd or its journal, over sockets that are to be connected again by name. */
export function sendsToSystem(tree: SeenTree): boolean {
  return tree.ties.some(tie => tie.standing === 'crossing' && tie.onRequest === 'system');
}

/** Throws `break-unknown` for an id that no tie bears which crosses or blocks: a loss must be accepted knowingly. */
export function refuseUnknownBreaks(trees: readonly SeenTree[], given: readonly string[]): void {
  const ids = trees.flatMap(tree => tree.ties.filter(tie => tie.standing !== 'inside').map(tie => tie.id));
  const unknown = given.find(pattern => !ids.some(id => fits(pattern, id)));
  if (unknown === undefined) return;
  const known = [...new Set(ids)].slice(0, 8).join(', ') || 'none at all';
  throw fail('break-unknown', { tie: unknown, known });
}
