import type { ConvertResult, Goal, TreeReport } from '../../conversion/convert.js';
import type { Recognised } from '../../conversion/read-images.js';
import { printable } from './text.js';
import { count } from './units.js';

interface Asked {
  readonly name: string;
  readonly goal: Goal;
  readonly recognised: Omit<Recognised, 'payloads'> | undefined;
  /** Whether the fields are to be shown, too. */
  readonly report: boolean;
}

/** What `ckpt convert` says when it is done: losses always, fields on demand. Pure. */
export function convertText(result: ConvertResult, { name, goal, recognised, report }: Asked): string {
  const form =
    goal.to === 'neutral'
      ? 'the neutral format'
      : `CRIU ${goal.criu}${goal.kernel === undefined ? '' : ` on kernel ${goal.kernel}`}`;
  return [
    result.written
      ? `converted ${name} to ${form}: ${result.target}`
      : `would convert ${name} to ${form} (nothing was written)`,
    ...(recognised === undefined ? [] : [`  written by   CRIU ${recognised.criu} (${recognised.sure})`]),
    ...pagesLine(result),
    ...result.trees.flatMap(tree => treeLines(tree, goal.to === 'neutral', report)),
  ]
    .map(printable)
    .join('\n');
}

function pagesLine({ pages, written }: ConvertResult): string[] {
  if (!written) return [];
  const parts = Object.entries(pages)
    .filter(([, number]) => number > 0)
    .map(([way, number]) => `${count(number, 'file')} ${way}`);
  return parts.length === 0 ? [] : [`  pages        ${parts.join(', ')}`];
}

function treeLines(tree: TreeReport, neutral: boolean, report: boolean): string[] {
  return [
    `  tree         PID ${tree.root}, ${count(tree.processes, 'process', 'processes')}, from ${tree.source}`,
    ...(tree.losses.length === 0 ? ['  losses       none'] : summarise(tree.losses)),
    ...foreignLine(tree, neutral),
    ...tree.patches.map(patch => `  changed      process ${patch.pid} at ${patch.address}: ${patch.reason}`),
    ...tree.mends.map(({ reason }) => `  mended       ${reason}`),
    ...(report ? reportLines(tree) : []),
  ];
}

/** Sections of other programs: a bundle carries them, CRIU's images have no place for them. */
function foreignLine({ foreignSections }: TreeReport, neutral: boolean): string[] {
  if (foreignSections.length === 0) return [];
  const what = `${foreignSections.join(', ')}: not known to this ckpt, and not critical`;
  return [neutral ? `  carried      ${what}` : `  left out     ${what}`];
}

/** Losses of one reason in one line: a thousand threads lose the same thing for the same reason. */
function summarise(losses: TreeReport['losses']): string[] {
  const groups = new Map<string, number>();
  for (const { severity, field, reason } of losses) {
    const line = `  ${severity.padEnd(12)} ${field}: ${reason}`;
    groups.set(line, (groups.get(line) ?? 0) + 1);
  }
  return [...groups].map(([line, number]) => (number === 1 ? line : `${line} (${number} times)`));
}

function reportLines({ neutrality }: TreeReport): string[] {
  const { fields, modelled, occurrences, modelledOccurrences, kinds, carriedWhole } = neutrality;
  return [
    `  modelled     ${modelled} of ${fields} fields present (${share(modelled, fields)}), ` +
      `${modelledOccurrences} of ${occurrences} occurrences (${share(modelledOccurrences, occurrences)})`,
    ...kinds
      .filter(kind => kind.residue.length > 0)
      .map(
        kind =>
          `  residue      ${kind.kind}: ${kind.residue.map(one => `${one.field} (${one.occurrences})`).join(', ')}`,
      ),
    ...(carriedWhole.length === 0 ? [] : [`  carried      ${carriedWhole.join(', ')}`]),
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? '100%' : `${((part / whole) * 100).toFixed(1)}%`;
}
