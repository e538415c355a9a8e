import { conversionFailures } from '../../src/errors/conversion.js';
import { criuFailures } from '../../src/errors/criu.js';
import { criuFileFailures } from '../../src/errors/criu-files.js';
import { criuFileThawFailures } from '../../src/errors/criu-files-thaw.js';
import { criuMachineFailures } from '../../src/errors/criu-machine.js';
import { criuPlaceFailures } from '../../src/errors/criu-places.js';
import { criuProcessFailures } from '../../src/errors/criu-processes.js';
import { criuProcessThawFailures } from '../../src/errors/criu-processes-thaw.js';
import { criuSocketFailures } from '../../src/errors/criu-sockets.js';
import { criuSocketThawFailures } from '../../src/errors/criu-sockets-thaw.js';
import { documentFailures } from '../../src/errors/document.js';
import { Exit, type Failure } from '../../src/errors/failure.js';
import { formatFailures } from '../../src/errors/format.js';
import { freezeFailures } from '../../src/errors/freeze.js';
import { hostFailures } from '../../src/errors/host.js';
import { storeFailures } from '../../src/errors/store.js';
import { switchFailures } from '../../src/errors/switch.js';
import { thawFailures } from '../../src/errors/thaw.js';
import { usageFailures } from '../../src/errors/usage.js';
import { aboutCauses, saidBy } from './causes.js';
import { safe } from './markdown.js';
import { meanings, ownStatuses } from './statuses.js';

/** The tables of `src/errors/`, in the order in which a person meets them. */
const areas: readonly (readonly [heading: string, rows: Readonly<Record<string, Failure>>])[] = [
  ['The command line', usageFailures],
  ['This machine', hostFailures],
  ['Bundles and the store', storeFailures],
  ['Freezing', freezeFailures],
  ['Thawing', thawFailures],
  ['Switching kernels', switchFailures],
  ['The neutral document', documentFailures],
  ["CRIU's images", formatFailures],
  ['Import and conversion', conversionFailures],
  ['CRIU', criuFailures],
  ['What CRIU says of the machine', criuMachineFailures],
  ['What CRIU says of processes, freezing', criuProcessFailures],
  ['What CRIU says of processes, thawing', criuProcessThawFailures],
  ['What CRIU says of files and kernel objects, freezing', criuFileFailures],
  ['What CRIU says of files, thawing', criuFileThawFailures],
  ['What CRIU says of sockets, freezing', criuSocketFailures],
  ['What CRIU says of sockets, thawing', criuSocketThawFailures],
  ['What CRIU says of memory, terminals, namespaces and mounts', criuPlaceFailures],
];

/** Every code that has a section. */
export function documentedCodes(): string[] {
  return areas.flatMap(([, rows]) => Object.keys(rows));
}

/** Pure: docs/errors.md as text. */
export function errorsDocument(): string {
  const lines = [
    '# Errors',
    '',
    '<!-- Made by `npm run errors-docs` from src/errors/*.ts. Change those. -->',
    '',
    'Every way in which `ckpt` can fail, with its code, its cause and its cure. With `--json` a failure is an object',
    'on standard output: `{ "version": 1, "kind": "error", "error": { "code", "message", "why", "hint", "exit", … } }`.',
    'Words in braces, such as `{pid}`, stand for what the message names.',
    '',
    '| Exit status | Meaning |',
    '| --- | --- |',
    ...Object.entries(Exit).map(([name, status]) => `| ${status} | ${meanings[name as keyof typeof Exit]} |`),
    ...Object.entries(ownStatuses).flatMap(([command, rows]) =>
      rows.map(([status, meaning]) => `| ${status} | \`ckpt ${command}\`: ${meaning} |`),
    ),
  ];
  for (const [heading, rows] of areas) {
    if (Object.keys(rows).length === 0) continue;
    if (rows === criuFailures) lines.push('', ...aboutCauses());
    lines.push('', `## ${heading}`);
    for (const [code, row] of Object.entries(rows)) lines.push('', ...section(code, row));
  }
  return `${lines.join('\n')}\n`;
}

function section(code: string, row: Failure): string[] {
  return [
    `### \`${code}\``,
    '',
    `Exit status ${row.exit}.`,
    '',
    `- **What:** ${safe(row.what)}`,
    `- **Why:** ${safe(row.why)}`,
    `- **Do:** ${safe(row.hint)}`,
    ...saidBy(code),
  ];
}
