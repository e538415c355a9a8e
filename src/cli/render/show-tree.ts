import { put } from '../../lists.js';
import type { ShownDescriptor, ShownMapping, ShownProcess } from './show-model.js';
import { cut, printable } from './text.js';
import { type TreeNode, tree } from './tree.js';
import { bytes, count } from './units.js';

/** What a person wants to see of each process. */
export interface Sections {
  readonly files: boolean;
  readonly sockets: boolean;
  readonly memory: boolean;
}

const isSocket = ({ kind }: ShownDescriptor): boolean => kind.endsWith('-socket');

/** Pure: processes as a tree with the chosen sections below each; no line is wider than `columns`. */
export function processTree(
  processes: readonly ShownProcess[],
  sections: Sections,
  columns = Number.POSITIVE_INFINITY,
): string {
  const known = new Set(processes.map(({ pid }) => pid));
  const children = new Map<number, ShownProcess[]>();
  for (const process of processes) put(children, known.has(process.parent) ? process.parent : 0, process);
  const node = (process: ShownProcess): TreeNode => ({
    label: labelOf(process, sections).map(printable).join('\n'),
    children: (children.get(process.pid) ?? []).map(node),
  });
  const text = tree((children.get(0) ?? []).map(node));
  return text
    .split('\n')
    .map(line => cut(line, columns).trimEnd())
    .join('\n');
}

function labelOf(process: ShownProcess, sections: Sections): string[] {
  const lines = [headOf(process)];
  const command = process.commandLine.join(' ');
  if (command !== '' && command !== process.name) lines.push(`  ${command}`);
  if (sections.memory) for (const one of process.memory?.mappings ?? []) lines.push(mappingLine(one));
  const shown = process.descriptors.filter(one => (isSocket(one) ? sections.sockets : sections.files));
  for (const one of shown) lines.push(descriptorLine(one));
  return lines;
}

/** The line by which a process is known, with what it has: python3 4711 root, 2 threads, 8.2 MiB, 5 files, 1 socket */
function headOf(process: ShownProcess): string {
  const { threads, descriptors } = process;
  const sockets = descriptors.filter(isSocket).length;
  const facts = [
    userOf(process),
    process.state === 'running' ? '' : process.state,
    threads.length > 1 ? count(threads.length, 'thread') : '',
    process.memory ? bytes(process.memory.frozen) : '',
    descriptors.length > sockets ? count(descriptors.length - sockets, 'file') : '',
    sockets > 0 ? count(sockets, 'socket') : '',
  ];
  return `${process.name} ${process.pid}  ${facts.filter(fact => fact !== '').join(', ')}`.trimEnd();
}

function userOf({ user, userName }: ShownProcess): string {
  if (user === undefined) return '';
  if (user === 0) return 'root';
  return userName === undefined ? `user ${user}` : `user ${user} (${userName})`;
}

function descriptorLine({ number, mode, what }: ShownDescriptor): string {
  return `  ${String(number).padStart(3)} ${mode.padEnd(2)} ${what}`;
}

function mappingLine({ start, access, size, frozen, what }: ShownMapping): string {
  const sizes = `${bytes(size).padStart(9)} ${(frozen === 0 ? '-' : bytes(frozen)).padStart(9)}`;
  return `  ${start.slice(2).padStart(12)} ${access} ${sizes} ${what}`;
}
