/**
 * Thousands of processes at once, each whole, read by several perls side by side: one program alone would take seconds.
 * Without perl, and where there are few, they are read one by one.
 */
import { availableParallelism } from 'node:os';
import { runPerl } from '../perl.js';
import { BULK_SCRIPT } from './bulk-script.js';
import type { Descriptor } from './descriptors.js';
import { type AddressSpace, parseSharedMaps, parseSmaps, USUAL_FLAGS } from './maps.js';
import { NAMESPACES, type NamespaceKind, type Namespaces, parseCgroup } from './namespaces.js';

/** Below that, starting perl takes longer than it saves. */
const MANY = 300;
/** More perls than that wait for each other in the kernel. */
const MOST_HELPERS = 8;
/** All of smaps of thousands of processes takes longer than what else perl is asked. */
const LIMIT_MS = 300_000;

/** Of one process. Who has gone meanwhile is left out. */
export interface BulkFacts {
  readonly namespaces: Namespaces;
  readonly cgroup: string | undefined;
  readonly descriptors: readonly Descriptor[];
  /** Its shared mappings, or all that smaps says where that was asked for. */
  readonly memory: AddressSpace;
}

/**
 * How mappings are found: all that smaps says of them, or the shared ones alone, by asking the kernel for just these
 * or, what takes longer, out of maps.
 */
export type BulkWay = 'smaps' | 'query' | 'maps';

/** Undefined where there are too few to be worth it. Processes missing in the answer have to be read one by one. */
export async function readInBulk(
  pids: readonly number[],
  way: BulkWay,
): Promise<ReadonlyMap<number, BulkFacts> | undefined> {
  if (pids.length < MANY) return undefined;
  const helpers = Math.min(availableParallelism(), MOST_HELPERS);
  const share = Math.ceil(pids.length / helpers);
  const parts = Array.from({ length: helpers }, (_, at) => pids.slice(at * share, (at + 1) * share));
  const texts = await Promise.all(parts.map(part => askPerl(part, way)));
  return new Map(texts.flatMap(text => readAnswer(text, way)));
}

async function askPerl(pids: readonly number[], way: BulkWay): Promise<string> {
  const args = [way, [...USUAL_FLAGS].join(' '), ...NAMESPACES];
  const input = pids.map(pid => `${pid}\n`).join('');
  const result = await runPerl(BULK_SCRIPT, args, { input, limit: LIMIT_MS });
  return result.status === 0 ? result.stdout : '';
}

function readAnswer(text: string, way: BulkWay): readonly (readonly [number, BulkFacts])[] {
  return text
    .split(/^p /m)
    .slice(1)
    .map(part => {
      const memoryAt = part.indexOf('\nm\n') + 1;
      const [head = '', ...lines] = part.slice(0, memoryAt - 1).split('\n');
      const rest = part.slice(memoryAt + 2);
      const [pid, ...links] = head.split(' ');
      const of = (letter: string): readonly string[] =>
        lines.filter(line => line.startsWith(letter)).map(line => line.slice(2));
      const facts: BulkFacts = {
        namespaces: readNamespaceWords(links),
        cgroup: parseCgroup(
          of('g')
            .map(line => `${line}\n`)
            .join(''),
        ),
        descriptors: of('d')
          .map(readDescriptorLine)
          .sort((a, b) => a.fd - b.fd),
        memory: way === 'smaps' ? parseSmaps(rest) : { mappings: parseSharedMaps(rest), flags: [] },
      };
      return [Number(pid), facts] as const;
    });
}

function readNamespaceWords(words: readonly string[]): Namespaces {
  const namespaces: Partial<Record<NamespaceKind, number>> = {};
  for (const word of words) {
    const [kind = '', inode] = word.split('=');
    if (inode !== undefined) namespaces[kind as NamespaceKind] = Number(inode);
  }
  return namespaces;
}

/** `FD FLAGS LINK` */
function readDescriptorLine(line: string): Descriptor {
  const [fd = '', flags = ''] = line.split(' ', 2);
  const link = line.slice(fd.length + flags.length + 2);
  const target = link.includes('\\')
    ? link.replaceAll(/\\(.)/g, (_, mark: string) => (mark === 'n' ? '\n' : mark))
    : link;
  return flags === '-' ? { fd: Number(fd), target } : { fd: Number(fd), target, pipeFlags: Number(flags) };
}
