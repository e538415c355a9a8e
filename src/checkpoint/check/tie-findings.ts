import type { Tie, TieKind } from '../closure/index.js';
import type { Severity, TreeFacts } from './rule.js';
import type { Finding } from './verdict.js';

/** What a tie that crosses is worth. What the tree itself does not notice is a note; the rest is a loss. */
const CROSSING: Readonly<Partial<Record<TieKind, Severity>>> = {
  parent: 'note',
  group: 'note',
  cgroup: 'note',
  remote: 'note',
};

/** A tie as a finding: none for what stays inside. */
export function findingOfTie(tie: Tie, facts: TreeFacts): readonly Finding[] {
  if (tie.standing === 'inside') return [];
  const severity = severityOf(tie, facts);
  return [
    {
      rule: `tie:${tie.kind}`,
      severity,
      sightings: tie.ends
        .filter(end => end.inside && end.pid !== undefined)
        .slice(0, 1)
        .map(end => ({ pid: end.pid ?? 0, what: tie.name, tie: tie.id })),
      why:
        severity !== 'cannot' && tie.standing === 'blocking'
          ? 'With --shell-job it is exchanged for the one of the thaw.'
          : tie.happens,
      remedy: severity === 'note' ? '' : tie.remedy,
    },
  ];
}

function severityOf(tie: Tie, facts: TreeFacts): Severity {
  if (tie.standing === 'crossing') return leavesNumberInUse(tie) ? 'unknown' : (CROSSING[tie.kind] ?? 'loss');
  if (!facts.options.shellJob) return 'cannot';
  // CRIU takes one terminal from outside, no more (tty_verify_active_pairs); the session follows the thaw’s.
  if (tie.kind === 'session') return 'loss';
  if (tie.kind !== 'terminal') return 'cannot';
  const blocking = facts.ties.filter(one => one.kind === 'terminal' && one.standing === 'blocking');
  return blocking.length > 1 ? 'cannot' : 'loss';
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
