import { PROC, readText } from './files.js';

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
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/;

/** Never throws; lines it cannot read are left out. */
export function parseMaps(text: string): readonly Mapping[] {
  return text.split('\n').flatMap(line => parseLine(line) ?? []);
}

function parseLine(line: string): Mapping | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, start = '', end = '', access = '', device = '', inode = '', path = ''] = match;
  return { start, end, access, shared: access.endsWith('s'), device, inode, path: ownPath(path) };
}

const paths = new Map<string, string>();

/**
 * The path as a text of its own, one for all who map the file: a piece cut out of /proc/PID/smaps would keep the whole
 * of it in memory, of thousands of processes hundreds of megabytes.
 */
function ownPath(path: string): string {
  const known = paths.get(path);
  if (known !== undefined) return known;
  const own = Buffer.from(path.replaceAll('\\012', '\n')).toString();
  paths.set(Buffer.from(path).toString(), own);
  return own;
}

/**
 * Whether something may pass through a mapping: by its own writes, or by those of others that it reads. Of what is
 * installed (locales, caches) only reading is shared, by most programs.
 */
export function mayPassWrites({ shared, access, path }: Mapping): boolean {
  return shared && (access.includes('w') || !path.startsWith('/usr/'));
}

/** All mappings, by address; empty for kernel threads, zombies and processes that have gone. */
export function readMaps(pid: number, proc = PROC): readonly Mapping[] {
  return parseMaps(readText(`${proc}/${pid}/maps`) ?? '');
}

/** Only the shared mappings: what other processes can be tied to. Much cheaper over a whole machine. */
export function readSharedMaps(pid: number, proc = PROC): readonly Mapping[] {
  return parseSharedMaps(readText(`${proc}/${pid}/maps`) ?? '');
}

/** Of a hundred lines hardly any is of shared memory: only those that may be are taken apart. */
export function parseSharedMaps(text: string): readonly Mapping[] {
  const found: Mapping[] = [];
  // `7f00-7f01 rw-s 0000…`, and perhaps a path that holds the same two characters.
  for (let at = text.indexOf('s '); at >= 0; at = text.indexOf('s ', at + 1)) {
    const start = text.lastIndexOf('\n', at) + 1;
    if (text.indexOf(' ', start) + 4 !== at) continue;
    const end = text.indexOf('\n', at);
    const mapping = parseLine(text.slice(start, end < 0 ? undefined : end));
    if (mapping !== undefined) found.push(mapping);
  }
  return found;
}

/** A mapping's start address and its two-letter VmFlags (proc_pid_smaps(5)): `ht` hugetlb, `um` `uw` `ui` userfaultfd, `gu` guard pages. */
export interface MappingFlags {
  readonly start: string;
  readonly flags: readonly string[];
  readonly path: string;
}

/** Flags that nearly every mapping has, or that say nothing about what it is (proc_pid_smaps(5)). */
export const USUAL_FLAGS = new Set([
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

/** What `/proc/PID/smaps` says of an address space: all that the maps say, and more. */
export interface AddressSpace {
  /** Mappings that bear a name, by address; of a run of private ones of one file the first. */
  readonly mappings: readonly Mapping[];
  /** The VmFlags of each mapping that has unusual ones: of thousands of mappings hardly any. */
  readonly flags: readonly MappingFlags[];
  /** The lowest mapping with code, where CRIU begins its work in a process; undefined where not all were looked at. */
  readonly lowestCode?: Mapping | undefined;
  /** Mappings of code from a file of which some pages are the process's own: somebody has written there. */
  readonly changedCode?: readonly FileMapping[];
}

export interface FileMapping extends Mapping {
  /** Where in its file it begins, bytes. */
  readonly offset: number;
}

/** Never throws; lines it cannot read are left out. */
export function parseSmaps(text: string): AddressSpace {
  const mappings: Mapping[] = [];
  const flags: MappingFlags[] = [];
  let last: Mapping | undefined;
  let lowestCode: Mapping | undefined;
  const changedCode: FileMapping[] = [];
  // Of a mapping's twenty-odd lines only the first and the last are looked at.
  for (let at = 0; at < text.length; ) {
    const start = at;
    const header = text.slice(at, endOfLine(text, at));
    const flagsAt = text.indexOf(VM_FLAGS, at);
    const end = flagsAt < 0 ? text.length : endOfLine(text, flagsAt + 1);
    const unusual = flagsAt < 0 ? [] : unusualFlags(text.slice(flagsAt + VM_FLAGS.length, end));
    at = end + 1;
    const isCode = header[header.indexOf(' ') + 3] === 'x';
    if (lowestCode === undefined && isCode) lowestCode = parseLine(header);
    if (isCode && flagsAt >= 0) changedCode.push(...ownCode(header, text.slice(start, flagsAt)));
    // Most mappings are neither named nor odd.
    if (unusual.length === 0 && header.length < PATH_AT) continue;
    const mapping = parseLine(header);
    if (mapping === undefined) continue;
    if (unusual.length > 0) flags.push({ start: mapping.start, path: mapping.path, flags: unusual });
    if (mapping.path === '' || (last !== undefined && isSamePrivateFile(last, mapping))) continue;
    mappings.push(mapping);
    last = mapping;
  }
  return { mappings, flags, lowestCode, changedCode };
}

/** A mapping of code, if it is of a file and has pages of its own. */
function ownCode(header: string, lines: string): readonly FileMapping[] {
  const mapping = parseLine(header);
  if (mapping === undefined || mapping.shared || mapping.inode === '0') return [];
  if (!/^Anonymous: +[1-9]/m.test(lines)) return [];
  return [{ ...mapping, offset: Number.parseInt(header.split(' ')[2] ?? '0', 16) }];
}

const VM_FLAGS = '\nVmFlags:';

/** A path begins behind 72 characters (show_map_vma pads to them, on 64-bit machines); without one the line ends before. */
const PATH_AT = 73;

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** All flags of a mapping, if one of them is unusual. */
function unusualFlags(text: string): readonly string[] {
  const flags = text.trim().split(' ');
  return flags.every(flag => USUAL_FLAGS.has(flag)) ? [] : flags;
}

function isSamePrivateFile(one: Mapping, other: Mapping): boolean {
  return (
    one.path === other.path &&
    one.inode === other.inode &&
    one.device === other.device &&
    !one.shared &&
    !other.shared
  );
}

/** Costly (the kernel walks every page): for the processes that are to be frozen only. */
export function readAddressSpace(pid: number, proc = PROC): AddressSpace {
  const text = readText(`${proc}/${pid}/smaps`) ?? '';
  // A kernel without CONFIG_PROC_PAGE_MONITOR has maps only.
  return text === '' ? { mappings: readMaps(pid, proc), flags: [] } : parseSmaps(text);
}
