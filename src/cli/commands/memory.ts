import { type Command, Option } from 'commander';
import { type CkptError, fail } from '../../errors.js';
import type { FrozenMemory, Piece } from '../../image-format/bundle/frozen-memory.js';
import type { Bundle } from '../../image-format/bundle/open-bundle.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { withBundle } from '../frame/looking-at.js';
import { integer, pid } from '../frame/values.js';
import { hexDump, hexLine, mappingAt, mappingTable } from '../render/show-memory.js';
import { type ShownMemory, shownMemory } from '../render/show-model.js';
import { printable } from '../render/text.js';

/** The most that one dump shows, bytes: text for a person to read, or a program to parse in one go. */
const MAX_DUMP = 1n << 24n;

interface Options {
  readonly search?: Buffer;
  readonly dump?: AddressRange;
  readonly limit: number;
}

interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** `ckpt memory`: the address space of a frozen process, and what is in it. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('memory')
    .description(
      'Look into the memory of a frozen process: its mappings, where a text or bytes stand, or the bytes themselves.',
    )
    .argument('<name|file>', 'a bundle of the store, or a .ckpt file')
    .argument('<pid>', 'a process in it')
    .addOption(
      new Option('--search <text|hex>', 'find a text, or bytes written as 0x6f6b')
        .argParser(needle)
        .conflicts('dump'),
    )
    .option('--dump <range>', 'show bytes: START-END or START+LENGTH, in hexadecimal', addressRange)
    .option('--limit <number>', 'how many places --search shows', integer('--limit', 1, 1_000_000), 100)
    .action(async (name: string, process: string, options: Options) => {
      const wanted = pid('<pid>')(process);
      await withBundle(io, name, 'memory', bundle => memoryCommand(io, { name, bundle }, wanted, options));
    });
  examples(command, [
    ['ckpt memory db 4711', 'the mappings, and how much of each is in the bundle'],
    ['ckpt memory db 4711 --search password', 'where in the frozen memory that word is'],
    ['ckpt memory db 4711 --search 0x7f454c46', 'the same for bytes'],
    ['ckpt memory db 4711 --dump 7ffd1c2d0000+100', '256 bytes from that address on'],
  ]);
}

/** A text as it is, or bytes as hexadecimal digits behind 0x. A slip in those must not become a text that is nowhere. */
function needle(value: string): Buffer {
  const bad = (shown: string, expected: string): CkptError =>
    fail('bad-option-value', { option: '--search', value: shown, expected });
  if (value === '') throw bad('(nothing)', 'a text');
  if (!/^0x/i.test(value)) return Buffer.from(value);
  const digits = /^0x((?:[0-9a-f]{2})+)$/i.exec(value)?.[1];
  if (digits === undefined)
    throw bad(value, 'two hexadecimal digits for each byte behind 0x, such as 0x6f6b');
  return Buffer.from(digits, 'hex');
}

function addressRange(value: string): AddressRange {
  const match = /^(?:0x)?([0-9a-f]{1,16})([-+])(?:0x)?([0-9a-f]{1,16})$/i.exec(value);
  const bad = (expected: string): CkptError =>
    fail('bad-option-value', { option: '--dump', value, expected });
  if (!match) throw bad('START-END or START+LENGTH in hexadecimal, such as 7ffd1c2d0000+100');
  const [start, second] = [BigInt(`0x${match[1]}`), BigInt(`0x${match[3]}`)];
  const end = match[2] === '+' ? start + second : second;
  if (end <= start) throw bad('an end above its start');
  if (end - start > MAX_DUMP) throw bad(`at most ${MAX_DUMP >> 20n} MiB at a time`);
  return { start, end };
}

/** `name` is what the user called it. */
async function memoryCommand(
  io: Io,
  { name, bundle }: { readonly name: string; readonly bundle: Bundle },
  wanted: number,
  options: Options,
): Promise<void> {
  const [{ readVerifiedDocument }, { FrozenMemory }] = await Promise.all([
    import('../../image-format/bundle/verify-document.js'),
    import('../../image-format/bundle/frozen-memory.js'),
  ]);
  const { trees } = await readVerifiedDocument(bundle);
  const tree = trees.find(one => one.processes.some(process => process.pid === wanted));
  const process = tree?.processes.find(one => one.pid === wanted);
  const memory = tree?.memories.find(one => one.id === process?.memory);
  if (!tree || !process) {
    const pids = trees.flatMap(one => one.processes.map(({ pid: known }) => known));
    const some = pids.slice(0, 20).join(', ') + (pids.length > 20 ? ', …' : '');
    throw fail('bundle-process-missing', { name, pid: wanted, pids: some });
  }
  if (!memory) throw fail('bundle-process-dead', { name, pid: wanted });
  const shown = shownMemory(memory, tree);
  const frozen = new FrozenMemory(bundle, memory, tree);
  try {
    if (options.search) await searchMemory(io, frozen, shown, options.search, options.limit);
    else if (options.dump) await dumpMemory(io, frozen, options.dump);
    else if (io.globals.json) io.json({ kind: 'memory', name, pid: wanted, ...shown });
    else io.out(mappingTable(shown, { width: io.columns, style: io.style }));
  } finally {
    await frozen.close();
  }
}

async function searchMemory(
  io: Io,
  frozen: FrozenMemory,
  shown: ShownMemory,
  wanted: Buffer,
  limit: number,
): Promise<void> {
  const { search } = await import('../../image-format/bundle/frozen-memory.js');
  const places: { address: string; access: string; what: string }[] = [];
  let more = false;
  for await (const address of search(frozen, wanted)) {
    if (places.length === limit) {
      more = true;
      break;
    }
    const mapping = mappingAt(shown, address);
    places.push({
      address: `0x${address.toString(16)}`,
      access: mapping?.access ?? '',
      what: mapping?.what ?? '',
    });
    if (io.globals.json) continue;
    const start = address & ~15n;
    const end = start + 32n > address + BigInt(wanted.length) ? start + 32n : start + 48n;
    io.out(`0x${address.toString(16)}  ${mapping?.access ?? ''} ${printable(mapping?.what ?? '')}`.trimEnd());
    for (const piece of await all(frozen.pieces(start, end))) {
      for (let at = 0; at < piece.bytes.length; at += 16)
        io.out(`  ${hexLine(piece.start + BigInt(at), piece.bytes.subarray(at, at + 16))}`);
    }
  }
  if (io.globals.json) io.json({ kind: 'memory-search', found: places, more });
  else if (places.length === 0) io.err('not found in the frozen memory');
  else if (more) io.err(`only the first ${limit} places are shown: --limit takes more`);
}

async function dumpMemory(io: Io, frozen: FrozenMemory, { start, end }: AddressRange): Promise<void> {
  const pieces = await all(frozen.pieces(start, end));
  if (io.globals.json) {
    const found = pieces.map(piece => ({
      start: `0x${piece.start.toString(16)}`,
      bytes: Buffer.from(piece.bytes).toString('hex'),
    }));
    io.json({ kind: 'memory-dump', pieces: found });
  } else if (pieces.length === 0) io.err('nothing of that range is in the bundle');
  else io.out(hexDump(pieces));
  if (pieces.length === 0) io.setStatus(3);
}

async function all(pieces: AsyncIterable<Piece>): Promise<Piece[]> {
  const found: Piece[] = [];
  for await (const piece of pieces) found.push(piece);
  return found;
}
