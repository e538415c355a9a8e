import { causeRules } from '../../src/host/criu/causes/index.js';
import { echoes, harmless } from '../../src/host/criu/causes/no-answers.js';
import type { CauseRule, NoAnswer } from '../../src/host/criu/causes/rule.js';
import { safe } from './markdown.js';

/** How we know that a line means what the row says. */
const proofs: Record<CauseRule['proof'], string> = {
  provoked: 'provoked by a test each time',
  log: 'known from a real log, which a test keeps',
  none: "not provoked: known from CRIU's sources only",
};

/** The lines of CRIU's log that lead to a code. */
export function saidBy(code: string): string[] {
  return causeRules
    .filter(rule => rule.code === code)
    .map(({ says, source, during, criu, proof }) => {
      const releases = [
        ...(criu?.least === undefined ? [] : [`from ${criu.least} on`]),
        ...(criu?.below === undefined ? [] : [`before ${criu.below}`]),
      ].join(', ');
      const when = { dump: 'freezing', restore: 'thawing' }[during ?? 'dump'];
      const about = [during ? when : 'both', releases, safe(source), proofs[proof]].filter(
        text => text !== '',
      );
      return `- **CRIU says:** \`${readable(says)}\` (${about.join('; ')})`;
    });
}

/** A pattern as a person reads it: `{name}` for what varies. Pure. */
function readable(pattern: RegExp): string {
  return pattern.source
    .replace(/\(\?<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)/g, '{$1}')
    .replace(/\(\?:0x\)\?|\\\.\?/g, '')
    .replace(/\\S\+|\[0-9a-f\]\+/g, '…')
    .replace(/\\[dw]\+/g, 'N')
    .replace(/\\(.)/g, '$1')
    .replace(/[$^]/g, '');
}

/** How ckpt finds the cause in CRIU's log, and what it passes over. */
export function aboutCauses(): string[] {
  const codes = (proof: CauseRule['proof']): number =>
    new Set(causeRules.filter(rule => rule.proof === proof).map(({ code }) => code)).size;
  return [
    '## When CRIU fails',
    '',
    'CRIU has no codes for its failures, and its last line, "Dumping FAILED.", says nothing. `ckpt` knows the lines of its',
    'log that tell why; each makes a failure with a code of its own, in the sections from here on. The first such line',
    'counts, since later ones are its consequences; a line that can be a consequence itself counts only where no other is',
    'known. Where no line is known, the failure is `criu-dump-failed` or `criu-restore-failed` and shows the first error that',
    'is neither harmless nor an echo. In every case `--verbose` shows the lines around it, `--json` has them as `log` and',
    "CRIU's own line as `facts.line`, and the whole log stays in `.logs/` of the store.",
    '',
    `Of the codes, ${codes('provoked')} are provoked with a real CRIU by a test each time, ${codes('log')} rest on logs of real runs that`,
    `tests keep (test/fixtures/criu-logs), and ${codes('none')} on CRIU's sources alone.`,
    '',
    '| A line such as | is never the answer, because |',
    '| --- | --- |',
    ...[...harmless, ...echoes].map(passedOver),
  ];
}

function passedOver({ such, because }: NoAnswer): string {
  return `| \`${such}\` | ${safe(because)} |`;
}
