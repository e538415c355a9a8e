import { RULES, type Rule, type Severity, VERDICT_STATUS } from '../../src/checkpoint/check/index.js';
import { TIE_KINDS } from '../../src/checkpoint/closure/index.js';
import { OUTCOMES } from '../../src/checkpoint/closure/outcome.js';

const WORDS: Readonly<Record<Severity, string>> = {
  cannot: 'cannot',
  unknown: 'cannot know',
  loss: 'loss',
  note: 'note',
};

/** docs/check.md: the verdicts, the rules and the ties, from the tables that the program goes by. */
export function checkDocument(): string {
  return `# What \`ckpt check\` looks for

Made from the program's own tables by \`npm run check-docs\`; do not edit.

## Verdicts
A tree gets the verdict of its worst finding; several trees get that of the worst tree.

| verdict | exit status | when |
| --- | --- | --- |
| can | ${VERDICT_STATUS.can} | nothing found but notes |
| can, with losses | ${VERDICT_STATUS['can-with-losses']} | it works, and something listed is not as before |
| cannot know | ${VERDICT_STATUS['cannot-know']} | it may fail, and nothing that can be seen from outside decides it |
| cannot | ${VERDICT_STATUS.cannot} | the freeze or the thaw fails |

A rule that depends on a version which nobody knows gives "cannot know" where it would give "cannot".

## Rules
| id | looks for | verdict | where | why | what to do |
| --- | --- | --- | --- | --- | --- |
${RULES.map(ruleRow).join('\n')}

## Ties
What becomes of a tie whose other end stays outside, and whether two trees frozen together may have it between them.

| kind | inside one tree | other end outside | between two trees |
| --- | --- | --- | --- |
${TIE_KINDS.map(tieRow).join('\n')}
`;
}

function ruleRow(rule: Rule): string {
  return row([`\`${rule.id}\``, rule.looksFor, WORDS[rule.severity], where(rule), rule.why, rule.remedy]);
}

function where({ at }: Rule): string {
  if (at === undefined) return '';
  const range = (name: string, of: { least?: string; below?: string } | undefined): readonly string[] => [
    ...(of?.least === undefined ? [] : [`${name} ≥ ${of.least}`]),
    ...(of?.below === undefined ? [] : [`${name} < ${of.below}`]),
  ];
  return `${at.side}: ${[...range('CRIU', at.criu), ...range('kernel', at.kernel)].join(', ')}`;
}

const BETWEEN = {
  kept: 'kept',
  lost: 'lost',
  cut: 'refused; cut with `--break`',
  refused: 'refused',
} as const;

function tieRow(kind: (typeof TIE_KINDS)[number]): string {
  const outcome = OUTCOMES[kind];
  const happens = outcome.crossing.happens.replaceAll('{others}', 'the other');
  const blocks = outcome.crossing.standing === 'blocking' ? '**Refused.** ' : '';
  return row([`\`${kind}\``, outcome.inside, `${blocks}${happens}`, BETWEEN[outcome.separate]]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
