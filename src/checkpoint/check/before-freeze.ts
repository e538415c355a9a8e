import { fail } from '../../errors.js';
import { systemIdentity } from '../../host/system.js';
import { versionOf } from '../../versions.js';
import type { CheckOptions } from './options.js';
import type { Finding, SeenTree, Side } from './rule.js';
import { judgeAll, type TreeVerdict } from './verdict.js';

/** As `ckpt check` judges them; nothing is said against a thaw on a kernel or CRIU that is not known. */
export function judgeFreeze(
  trees: readonly SeenTree[],
  criu: string,
  thaw: Side,
  optionsOf: (root: number) => CheckOptions,
): readonly TreeVerdict[] {
  const freeze = { kernel: versionOf(systemIdentity().kernel), criu };
  return judgeAll(trees, { freeze, thaw }, optionsOf);
}

/**
 * Throws `freeze-blocked` when something is known to stand against the freeze or the thaw of a tree: the first thing
 * in its three lines, all others behind them. What cannot be known from outside blocks nothing: CRIU decides it, and
 * undoes the freeze where it says no.
 */
export function refuseBlocked(trees: readonly TreeVerdict[]): void {
  const blocked = trees.filter(tree => tree.verdict === 'cannot');
  const [first, ...others] = unique(blocked, finding => finding.severity === 'cannot');
  if (first === undefined) return;
  const names = blocked.map(tree => `${tree.name} (PID ${tree.root})`).join(', ');
  throw fail(
    'freeze-blocked',
    { names, problem: first.text, remedy: first.remedy },
    { also: others.map(({ text, remedy }) => (remedy === '' ? text : `${text} → ${remedy}`)) },
  );
}

/** What will be lost, and what may stand against the thaw: a line each, for warnings. */
export function lossesOf(trees: readonly TreeVerdict[]): readonly string[] {
  const losses = unique(trees, finding => finding.severity === 'loss').map(({ text }) => text);
  const doubts = unique(trees, finding => finding.severity === 'unknown').map(({ text }) => text);
  return [...losses, ...doubts.map(text => `not known beforehand: ${text}`)];
}

/** Several trees see a tie between them each from its side: it is told once. */
function unique(
  trees: readonly TreeVerdict[],
  wanted: (finding: Finding) => boolean,
): readonly { readonly text: string; readonly remedy: string }[] {
  const found = trees
    .flatMap(tree => tree.findings.filter(wanted))
    .map(finding => ({
      key: finding.sightings.map(one => one.tie ?? `${one.pid} ${finding.rule}`).join(' '),
      text: textOf(finding),
      remedy: finding.remedy,
    }));
  return [...new Map(found.map(one => [one.key === '' ? one.text : one.key, one])).values()];
}

/** `unix socket /run/x.sock: A connected…`, with the process where the thing is no tie, which names its ends itself. */
function textOf({ sightings, why }: Finding): string {
  const [first] = sightings;
  if (first === undefined) return why;
  return first.tie === undefined
    ? `PID ${first.pid}, ${first.what}: ${why}`
    : `${first.what} [${first.tie}]: ${why}`;
}
