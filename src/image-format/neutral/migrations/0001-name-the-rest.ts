/**
 * Format 1 to 2: namespaces, cgroups, filters, BPF maps, statistics and what belongs to the machine get words of their own (in format 1 they were
 * residue, and may stay it); pending signals say who sent them; TCP options stand in one place, whichever CRIU wrote
 * them; the personality is the number that it is, not its hexadecimal digits read as a decimal one.
 */
import { SIGNAL_NAMES } from '../words/signals.js';
import { isObject, type Migration, mapField, mapList } from './migration.js';

type Value = Readonly<Record<string, unknown>>;

const SENDER_CODES: Readonly<Record<number, string>> = {
  0: 'user',
  [-6]: 'thread',
  [-1]: 'queue',
  [-3]: 'message-queue',
};
const OTHER_CODES: Readonly<Record<number, string>> = {
  [-2]: 'timer',
  [-4]: 'asynchronous-io',
  [-5]: 'sigio',
  128: 'kernel',
};
// biome-ignore format: a list
const SECTIONS_OF_1 = [
  'capture', 'processes', 'memories', 'sharedMemories', 'signalTables', 'filesystems', 'descriptorTables', 'openFiles',
  'pipes', 'fifos', 'terminals', 'memfds', 'ghostFiles', 'remaps', 'fileLocks', 'residue',
];
const SIZE = 128;
const UNION = 16;

export const nameTheRest: Migration = {
  number: 1,
  name: 'name-the-rest',
  from: 1,
  to: 2,
  added: [
    'sections',
    'trees[].capture.compression',
    'trees[].capture.compressionBlock',
    ...['processes[]', 'processes[].threads[]'].flatMap(owner =>
      ['signal', 'code', 'error', 'pid', 'user', 'value', 'details'].map(
        field => `trees[].${owner}.pendingSignals[].${field}`,
      ),
    ),
    'trees[].processes[].threads[].aarch64',
    'trees[].processes[].threads[].timerSlack',
    'trees[].memories[].mappings[].marks',
    'trees[].memories[].mappings[].pageSize',
    'trees[].memories[].mappings[].backing<anonymous>.flags',
    'trees[].memories[].mappings[].backing<system-v>.flags',
    'trees[].memories[].mappings[].backing<socket>.flags',
    'trees[].memories[].mappings[].backing<kernel>.flags',
    'trees[].memories[].pages.runs[].compressed',
    'trees[].sharedMemories[].pages.runs[].compressed',
    'trees[].openFiles[]<pipe>.user',
    'trees[].openFiles[]<pipe>.group',
    'trees[].openFiles[]<fifo>.waitsForWriter',
    'trees[].openFiles[]<inet-socket>.owner',
    'trees[].openFiles[]<unix-socket>.queue[].credentials',
    'trees[].seccompFilters',
    'trees[].cgroups',
    'trees[].namespaces',
    'trees[].archives',
    'trees[].bpfMaps',
    'trees[].machine',
    'trees[].autofsMounts',
    'trees[].binaryFormats',
    'trees[].inodePaths',
    'trees[].securityPolicies',
    'trees[].processors',
    'trees[].statistics',
  ],
  removed: [
    'trees[].processes[].pendingSignals[].information',
    'trees[].processes[].threads[].pendingSignals[].information',
    ...['inet-socket', 'unix-socket', 'packet-socket', 'netlink-socket'].flatMap(kind =>
      ['keepAliveCount', 'keepAliveIdle', 'keepAliveInterval'].map(
        field => `trees[].openFiles[]<${kind}>.options.${field}`,
      ),
    ),
    'trees[].openFiles[]<inet-socket>.tcp.cork',
    'trees[].openFiles[]<inet-socket>.tcp.noDelay',
  ],
  changed: [
    'format',
    'trees[].memories[].auxiliaryVector[].type',
    'trees[].openFiles[]<inet-socket>.tcp.options',
  ],

  up(document) {
    const trees = mapList(document.trees, tree => {
      const captured = mapField(tree, 'capture', upCapture);
      const processes = mapField(captured, 'processes', list => mapList(list, upProcess));
      return mapField(processes, 'openFiles', list => mapList(list, upFile));
    });
    return { ...document, format: 2, sections: sectionsIn(document.trees), trees };
  },
};

/** Format 1 counted the locks from 1, and CRIU from 0: what it called by one name was the next. */
export const LOCKS_OF_1: Readonly<Record<string, string>> = {
  '#0': 'iptables',
  iptables: 'nftables',
  nftables: 'skip',
  skip: '#3',
};

function upCapture(capture: unknown): unknown {
  if (!isObject(capture)) return capture;
  return mapField(capture, 'networkLock', name => LOCKS_OF_1[String(name)] ?? name);
}

/** What format 1 had no word for among the options of a TCP connection. */
export const TCP_OPTION_OF_1 = { bit: 'bit-6', now: 'microsecond-timestamps' } as const;

/** In format 1 every reader knew every section. */
function sectionsIn(trees: unknown): unknown {
  const names = Array.isArray(trees) ? trees.flatMap(tree => (isObject(tree) ? Object.keys(tree) : [])) : [];
  return [...new Set(names)]
    .filter(name => SECTIONS_OF_1.includes(name))
    .map(name => ({ name, version: 1, oldestReader: 1, critical: true }));
}

function upProcess(process: Value): Value {
  const signals = mapField(process, 'pendingSignals', list => mapList(list, upSignal));
  const own = mapField(signals, 'personality', digits => Number.parseInt(String(digits), 16));
  return mapField(own, 'threads', threads =>
    mapList(threads, thread => mapField(thread, 'pendingSignals', list => mapList(list, upSignal))),
  );
}

/** siginfo_t: signal, error and reason, and from byte 16 what the reason says. */
function upSignal(signal: Value): Value {
  const { information, ...rest } = signal;
  if (typeof information !== 'string') return signal;
  const bytes = Buffer.alloc(SIZE);
  Buffer.from(information, 'base64').copy(bytes);
  const number = bytes.readInt32LE(0);
  const error = bytes.readInt32LE(4);
  const code = bytes.readInt32LE(8);
  const base = {
    ...rest,
    signal: SIGNAL_NAMES[number] || `#${number}`,
    code: SENDER_CODES[code] ?? OTHER_CODES[code] ?? `#${code}`,
    ...(error === 0 ? undefined : { error }),
  };
  const withValue = code === -1 || code === -3;
  const known = SENDER_CODES[code] === undefined ? 0 : withValue ? 16 : 8;
  if (known === 0 || bytes.subarray(UNION + known).some(byte => byte !== 0)) {
    let end = SIZE;
    while (end > UNION && bytes[end - 1] === 0) end--;
    return { ...base, details: bytes.subarray(UNION, end).toString('base64') };
  }
  return {
    ...base,
    pid: bytes.readInt32LE(UNION),
    user: bytes.readUInt32LE(UNION + 4),
    ...(withValue ? { value: `0x${bytes.readBigUInt64LE(UNION + 8).toString(16)}` } : undefined),
  };
}

const KEEP_ALIVE = ['keepAliveCount', 'keepAliveIdle', 'keepAliveInterval'];

function upFile(file: Value): Value {
  if (file.kind !== 'inet-socket' || !isObject(file.options)) return file;
  const [options, keepAlive] = take(file.options, KEEP_ALIVE);
  const [rest, connection] = isObject(file.tcp) ? take(file.tcp, ['cork', 'noDelay']) : [file.tcp, {}];
  const tcp = isObject(rest) ? mapField(rest, 'options', upTcpOptions) : rest;
  const moved = { ...keepAlive, ...connection };
  const out = { ...file, options, ...(tcp === undefined ? undefined : { tcp }) };
  if (Object.keys(moved).length === 0) return out;
  return { ...out, tcpOptions: { ...moved, ...(isObject(file.tcpOptions) ? file.tcpOptions : undefined) } };
}

function upTcpOptions(names: unknown): unknown {
  const { bit, now } = TCP_OPTION_OF_1;
  return Array.isArray(names) ? names.map(name => (name === bit ? now : name)) : names;
}

/** An object without some fields, and these fields. */
function take(object: Value, fields: readonly string[]): [rest: Value, taken: Value] {
  const entries = Object.entries(object);
  return [
    Object.fromEntries(entries.filter(([name]) => !fields.includes(name))),
    Object.fromEntries(entries.filter(([name]) => fields.includes(name))),
  ];
}
