import { put } from '../../lists.js';
import type { Tie } from '../closure/index.js';
import type { CheckOptions } from './options.js';
import type { Finding, Platform, Rule, SeenTree, Severity, TreeFacts } from './rule.js';
import { RULES } from './rules/index.js';
import { findingOfTie } from './tie-findings.js';
import { within } from './within.js';

export type Verdict = 'can' | 'can-with-losses' | 'cannot-know' | 'cannot';

/**
 * The exit status of `ckpt check`. 3 is that of every refusal; 8 and 9 are this command's own. With several trees the
 * worst counts: cannot, then cannot-know, then losses.
 */
export const VERDICT_STATUS: Readonly<Record<Verdict, number>> = {
  can: 0,
  cannot: 3,
  'can-with-losses': 8,
  'cannot-know': 9,
};

export interface TreeVerdict {
  readonly root: number;
  readonly name: string;
  readonly processes: number;
  readonly verdict: Verdict;
  /** The worst first. */
  readonly findings: readonly Finding[];
}

const ORDER: readonly Severity[] = ['cannot', 'unknown', 'loss', 'note'];
const VERDICTS: Readonly<Record<Severity, Verdict>> = {
  cannot: 'cannot',
  unknown: 'cannot-know',
  loss: 'can-with-losses',
  note: 'can',
};

/** Judges trees by every rule and every tie. Pure: the same answer for `ckpt check` and `ckpt freeze`. */
export function judgeAll(
  trees: readonly SeenTree[],
  platform: Platform,
  optionsOf: (root: number) => CheckOptions,
): readonly TreeVerdict[] {
  return trees.map(tree => judge({ ...tree, platform, options: optionsOf(tree.root) }));
}

/** Judges one tree by every rule and every tie. Pure. */
export function judge(facts: TreeFacts, rules: readonly Rule[] = RULES): TreeVerdict {
  const findings = [
    ...rules.flatMap(rule => apply(rule, facts)),
    ...merge(facts.ties.flatMap((tie: Tie) => findingOfTie(tie, facts))),
    ...facts.snapshot.unknown.map(
      (what): Finding => ({
        rule: 'not-seen',
        severity: 'unknown',
        sightings: [],
        why: `Could not be seen: ${what}.`,
        remedy: 'Run as root, with perl-base and iproute2 installed',
      }),
    ),
  ].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return {
    root: facts.root,
    name: facts.snapshot.processes.get(facts.root)?.name ?? '?',
    processes: facts.members.length,
    verdict: findings[0] === undefined ? 'can' : VERDICTS[findings[0].severity],
    findings,
  };
}

/** Twenty clients of one server are one finding with twenty sightings. */
function merge(findings: readonly Finding[]): readonly Finding[] {
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings) put(byRule, `${finding.rule} ${finding.severity}`, finding);
  return [...byRule.values()].flatMap(list => {
    const [first] = list;
    if (first === undefined || list.length === 1) return list;
    const why = `${first.why} And ${list.length - 1} more like it.`;
    return [{ ...first, why, sightings: list.flatMap(one => one.sightings) }];
  });
}

/** The worst of several. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ['cannot', 'cannot-know', 'can-with-losses', 'can'];
  return order.find(verdict => verdicts.includes(verdict)) ?? 'can';
}

/** A rule bound to versions that nobody knows becomes a doubt, not a verdict. */
function apply(rule: Rule, facts: TreeFacts): readonly Finding[] {
  const side = rule.at === undefined ? undefined : facts.platform[rule.at.side];
  const holds = [within(side?.criu, rule.at?.criu), within(side?.kernel, rule.at?.kernel)];
  if (rule.at !== undefined && holds.includes('no')) return [];
  const sightings = rule.find(facts);
  if (sightings.length === 0) return [];
  const doubtful = rule.at !== undefined && holds.includes('maybe');
  // Nobody asked about another kernel or CRIU at the thaw: then there is nothing to doubt about it.
  if (doubtful && rule.at?.side === 'thaw') return [];
  return [
    {
      rule: rule.id,
      severity: doubtful && rule.severity === 'cannot' ? 'unknown' : rule.severity,
      sightings,
      why: rule.why,
      remedy: rule.remedy,
    },
  ];
}
