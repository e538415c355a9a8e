import type { Finding, Severity, Side, TreeVerdict, Verdict } from '../../checkpoint/check/index.js';
import type { Style } from './style.js';
import { printable } from './text.js';

interface Report {
  readonly trees: readonly TreeVerdict[];
  readonly freeze: Side;
  readonly thaw: Side;
}

const HEADLINES: Readonly<Record<Verdict, string>> = {
  can: 'can be frozen',
  'can-with-losses': 'can be frozen, with losses',
  'cannot-know': 'may or may not be frozen: it depends on something that cannot be seen from outside',
  cannot: 'cannot be frozen',
};

const MARKS: Readonly<Record<Severity, string>> = { cannot: '✗', unknown: '?', loss: '–', note: '·' };

/** Pure: the verdict of each tree with its reasons, the worst first. */
export function checkText(report: Report, style: Style): string {
  const blocks = report.trees.map(tree => treeText(tree, style));
  return [...blocks, style.dim(footing(report))].join('\n\n');
}

function treeText(tree: TreeVerdict, style: Style): string {
  const paint = {
    can: style.green,
    'can-with-losses': style.yellow,
    'cannot-know': style.yellow,
    cannot: style.red,
  };
  const size = tree.processes === 1 ? '' : `, ${tree.processes} processes`;
  const head = `${style.bold(printable(tree.name))} (PID ${tree.root}${size}) ${paint[tree.verdict](HEADLINES[tree.verdict])}`;
  return [head, ...tree.findings.map(finding => findingText(finding, style))].join('\n');
}

function findingText(finding: Finding, style: Style): string {
  const paint = { cannot: style.red, unknown: style.yellow, loss: style.yellow, note: style.dim };
  const id = (tie: string | undefined): string =>
    tie === undefined || finding.severity === 'note' ? '' : ` [${tie}]`;
  const shown = finding.sightings
    .slice(0, 3)
    .map(one => printable(`PID ${one.pid}: ${one.what}${id(one.tie)}`));
  const more = finding.sightings.length - shown.length;
  const where = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  const lines = [
    `  ${paint[finding.severity](MARKS[finding.severity])} ${where === '' ? finding.rule : where}`,
  ];
  lines.push(`      ${printable(finding.why)}`);
  if (finding.remedy !== '') lines.push(`      ${style.cyan('→')} ${printable(finding.remedy)}.`);
  return lines.join('\n');
}

function footing({ freeze, thaw }: Report): string {
  const side = (one: Side): string => `CRIU ${one.criu ?? '(none)'} on kernel ${one.kernel ?? '(unknown)'}`;
  const same = freeze.criu === thaw.criu && freeze.kernel === thaw.kernel;
  return same
    ? `Judged for ${side(freeze)}, freeze and thaw.`
    : `Judged for a freeze by ${side(freeze)} and a thaw by ${side(thaw)}.`;
}
