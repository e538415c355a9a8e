import { eachLine, PROC, readText } from './files.js';

/** One line of `/proc/PID/maps`. Addresses are hexadecimal strings: they exceed 2^53. */
export interface Mapping {
  readonly start: string;
  readonly end: string;
  /** `rwxs` or `rwxp`, as printed. */
  readonly access: string;
  readonly shared: boolean;
  /** `MAJOR:MINOR` in hexadecimal, as printed; `00:00` for private anonymous memory. */
  readonly device: string;
  readonly inode: string;
  /** Path, `[heap]`, `/memfd:x (deleted)`, `/SYSV00000000 (deleted)`, `/dev/zero (deleted)`, `anon_inode:[io_uring]` or ''. */
  readonly path: string;
  readonly bytes: number;
}

const SPACE = ' '.charCodeAt(0);
const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/;

/** Never throws; lines it cannot read are left out. */
export function parseMaps(text: string, keep: (line: string) => boolean = () => true): readonly Mapping[] {
  const found: Mapping[] = [];
  for (const line of text.split('\n')) {
    if (!keep(line)) continue;
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, start = '', end = '', access = '', , device = '', inode = '', path = ''] = match;
    found.push({
      start,
      end,
      access,
      shared: access.endsWith('s'),
      device,
      inode,
      path: path.replace(/\\012/g, '\n'),
      bytes: Number(BigInt(`0x${end}`) - BigInt(`0x${start}`)),
    });
  }
  return found;
}

/** All mappings, by address; empty for kernel threads, zombies and processes that have gone. */
export function readMaps(pid: number, proc = PROC): readonly Mapping[] {
  return parseMaps(readText(`${proc}/${pid}/maps`) ?? '');
}

/** Those that have a name: of a file, or of what the kernel has there. Most of a large process have none. */
export function readNamedMaps(pid: number, proc = PROC): readonly Mapping[] {
  const lines: string[] = [];
  eachLine(`${proc}/${pid}/maps`, (bytes, start, end) => {
    if (bytes[end - 1] !== SPACE) lines.push(bytes.toString('utf8', start, end));
  });
  return parseMaps(lines.join('\n')).filter(({ path }) => path !== '');
}

/** Only the shared mappings: what other processes can be tied to. Much cheaper over a whole machine. */
export function readSharedMaps(pid: number, proc = PROC): readonly Mapping[] {
  const text = readText(`${proc}/${pid}/maps`) ?? '';
  return / \S\S\Ss /.test(text) ? parseMaps(text, line => / \S\S\Ss /.test(line.slice(0, 60))) : [];
}

/** A mapping's start address and its two-letter VmFlags (proc_pid_smaps(5)): `ht` hugetlb, `um` `uw` `ui` userfaultfd, `gu` guard pages. */
export interface MappingFlags {
  readonly start: string;
  readonly flags: readonly string[];
  readonly path: string;
}

/** Flags that nearly every mapping has, or that say nothing about what it is (proc_pid_smaps(5)). */
const USUAL = new Set([
  'rd',
  'wr',
  'ex',
  'mr',
  'mw',
  'me',
  'sh',
  'ms',
  'gd',
  'ac',
  'nr',
  'sd',
  'lo',
  'nh',
  'hg',
  '',
]);

/** The VmFlags of each mapping that has unusual ones: of thousands of mappings hardly any. */
export function parseSmapsFlags(text: string): readonly MappingFlags[] {
  const reader = new SmapsFlags();
  for (const line of text.split('\n')) reader.take(line);
  return reader.found;
}

class SmapsFlags {
  readonly found: MappingFlags[] = [];
  private header = '';

  take(line: string): void {
    // Of a mapping's twenty-odd lines only the first begins with an address; the others with a word in capitals.
    if (/^[0-9a-f]/.test(line)) this.header = line;
    if (!line.startsWith('VmFlags:')) return;
    const flags = line.slice(8).trim().split(' ');
    if (flags.every(flag => USUAL.has(flag))) return;
    const match = LINE.exec(this.header);
    if (match !== null) this.found.push({ start: match[1] ?? '', path: match[7] ?? '', flags });
  }
}

const V = 'V'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);
const SMALL_A = 'a'.charCodeAt(0);

/** Costly (the kernel walks every page): for the processes that are to be frozen only. */
export function readSmapsFlags(pid: number, proc = PROC): readonly MappingFlags[] {
  const reader = new SmapsFlags();
  // As text it would be a hundred times as long as what is kept of it, and thousands of them would pile up.
  eachLine(`${proc}/${pid}/smaps`, (bytes, start, end) => {
    const first = bytes[start] ?? 0;
    if (first === V || first <= NINE || first >= SMALL_A) reader.take(bytes.toString('utf8', start, end));
  });
  return reader.found;
}
