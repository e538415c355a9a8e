import type { PagesDiff, SourceDiff } from '../../conversion/diff.js';
import type { FieldChange } from '../../converters/diff/changes.js';
import type { PartDiff, ProcessDiff } from '../../converters/diff/diff-tree.js';
import { cut, printable } from './text.js';
import { count } from './units.js';

const SIGN = { added: '+', removed: '-', changed: '~', same: ' ' } as const;
/** Registers of a thread that ran differ by the dozen; their values are in --json. */
const REGISTERS = /^(?:x86|aarch64)\./;
const MOST_FIELDS = 8;

/** What differs, process by process. Pure. */
export function diffText(diff: SourceDiff): string {
  const alike = `${count(diff.alike.processes, 'process', 'processes')} and ${count(diff.alike.pages, 'page')} of memory are the same`;
  if (diff.same) return `no difference: ${alike}`;
  const pids = [...new Set([...diff.processes, ...diff.pages].map(({ pid }) => pid))];
  const lines = pids.flatMap(pid =>
    processLines(
      diff.processes.find(one => one.pid === pid),
      diff.pages.filter(one => one.pid === pid),
      pid,
    ),
  );
  return [...lines.map(printable), alike].join('\n');
}

function processLines(process: ProcessDiff | undefined, pages: readonly PagesDiff[], pid: number): string[] {
  const { change = 'same', name = pages[0]?.name ?? '' } = process ?? {};
  const head = `${SIGN[change]} process ${pid} ${name}`.trimEnd();
  if (process === undefined) return [head, ...pages.map(pageLine)];
  return [
    head,
    ...fieldLines(process.fields, '    '),
    ...partLines('thread', process.threads),
    ...partLines('file', process.files),
    ...partLines('socket', process.sockets),
    ...partLines('mapping', process.mappings),
    ...pages.map(pageLine),
  ];
}

function partLines(kind: string, parts: readonly PartDiff[]): string[] {
  return parts.flatMap(({ change, key, what, fields }) => [
    // A thread is called so already in what it is.
    `  ${SIGN[change]} ${what.startsWith(`${kind} ${key}`) ? what : `${kind} ${key}  ${what}`}`,
    ...fieldLines(fields, '      '),
  ]);
}

function fieldLines(fields: readonly FieldChange[], indent: string): string[] {
  const plain = fields.filter(({ field }) => !REGISTERS.test(field));
  const shown = plain.slice(0, MOST_FIELDS).map(({ field, from, to }) => {
    return `${indent}${field}: ${valueText(from)} → ${valueText(to)}`;
  });
  const registers = fields.length - plain.length;
  return [
    ...shown,
    ...(plain.length > MOST_FIELDS
      ? [`${indent}and ${plain.length - MOST_FIELDS} fields more (all of them with --json)`]
      : []),
    ...(registers > 0 ? [`${indent}${count(registers, 'register')} changed`] : []),
  ];
}

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  return cut(typeof value === 'string' ? value : JSON.stringify(value), 60);
}

function pageLine({ what, changed, added, removed, unknown, same }: PagesDiff): string {
  const parts = [
    changed > 0 ? `${changed.toLocaleString('en-GB')} changed` : '',
    added > 0 ? `${added.toLocaleString('en-GB')} new` : '',
    removed > 0 ? `${removed.toLocaleString('en-GB')} gone` : '',
    unknown > 0 ? `${unknown.toLocaleString('en-GB')} not compared (compressed)` : '',
  ].filter(part => part !== '');
  return `  ~ pages of ${what}  ${parts.join(', ')}; ${same.toLocaleString('en-GB')} the same`;
}
