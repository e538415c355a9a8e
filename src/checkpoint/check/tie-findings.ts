import { isUnasked, type Tie, type TieKind } from '../closure/index.js';
import { BROKEN_WORDS, isBroken, whyUnbreakable } from './breaks.js';
import type { Finding, Severity, TreeFacts } from './rule.js';

/** What a tie that crosses is worth. What the tree does not notice, or a thaw refuses, is a note; the rest is a loss. */
const CROSSING: Readonly<Partial<Record<TieKind, Severity>>> = {
  parent: 'note',
  group: 'note',
  cgroup: 'note',
  remote: 'note',
  'written-file': 'note',
};

type Judgement = Pick<Finding, 'severity' | 'why' | 'remedy'>;

/** A tie as a finding: none for what stays inside. */
export function findingOfTie(tie: Tie, facts: TreeFacts): readonly Finding[] {
  if (tie.standing === 'inside') return [];
  const judged = tie.standing === 'crossing' ? judgeCrossing(tie, facts) : judgeBlocking(tie, facts);
  return [
    {
      rule: `tie:${tie.kind}`,
      ...judged,
      sightings: tie.ends
        .filter(end => end.inside && end.pid !== undefined)
        .slice(0, 1)
        .map(end => ({ pid: end.pid ?? 0, what: tie.name, tie: tie.id })),
    },
  ];
}

function judgeCrossing(tie: Tie, facts: TreeFacts): Judgement {
  if (leavesNumberInUse(tie)) return { severity: 'unknown', why: tie.happens, remedy: tie.remedy };
  if (isUnasked(tie)) return note(tie.happens);
  if (isForService(tie, facts))
    return note('systemd listens there for the service, and ends that with the freeze.');
  if (isBroken(tie, facts.options)) return note(`Accepted (--break): ${tie.happens}`);
  const severity = CROSSING[tie.kind] ?? 'loss';
  return severity === 'note' ? note(tie.happens) : { severity, why: tie.happens, remedy: tie.remedy };
}

function judgeBlocking(tie: Tie, facts: TreeFacts): Judgement {
  const { options } = facts;
  if (options.shellJob && isExchanged(tie, facts)) {
    const why = 'With --shell-job it is exchanged for the one of the thaw.';
    return { severity: 'loss', why, remedy: tie.remedy };
  }
  if (isBroken(tie, options)) {
    if (tie.onRequest === 'close' || tie.onRequest === 'cut') return note(BROKEN_WORDS[tie.onRequest]);
    const why = `${tie.happens} It cannot be broken: ${whyUnbreakable(tie)}.`;
    return { severity: 'cannot', why, remedy: tie.remedy };
  }
  if (tie.onRequest === 'reconnect') {
    if (options.unix === 'external') {
      const why =
        'With --unix external the thaw connects it again: a socket of that name must be there by then.';
      return { severity: 'loss', why, remedy: '' };
    }
    return { severity: 'cannot', why: tie.happens, remedy: `${tie.remedy}; or pass --unix external` };
  }
  const way = tie.onRequest === undefined ? '' : `; or accept the loss: --break ${tie.id}`;
  return { severity: 'cannot', why: tie.happens, remedy: `${tie.remedy}${way}` };
}

function note(why: string): Judgement {
  return { severity: 'note', why, remedy: '' };
}

/** A socket by which systemd starts the service; the freeze holds both back. */
function isForService({ kind, ends }: Tie, { service }: TreeFacts): boolean {
  const outside = ends.filter(end => !end.inside);
  const held = service?.triggers.some(unit => unit.endsWith('.socket')) ?? false;
  return kind === 'socket' && held && outside.every(({ pid }) => pid === 1);
}

/** CRIU takes one terminal from outside, no more (tty_verify_active_pairs); the session follows the thaw’s. */
function isExchanged(tie: Tie, facts: TreeFacts): boolean {
  if (tie.kind === 'session') return true;
  if (tie.kind !== 'terminal') return false;
  return facts.ties.filter(one => one.kind === 'terminal' && one.standing === 'blocking').length === 1;
}

/**
 * What outsiders keep alive keeps its number: a session or group led from inside, a terminal whose master is inside.
 * Whether the thaw finds the number free depends on whether they live then.
 */
function leavesNumberInUse(tie: Tie): boolean {
  if (tie.kind === 'terminal') return true;
  if (tie.kind !== 'session' && tie.kind !== 'group') return false;
  return tie.ends.some(end => end.inside && end.how === 'leader');
}
