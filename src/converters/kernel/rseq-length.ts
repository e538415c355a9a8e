/**
 * Restartable sequences: a kernel before 6.3 takes a registration of exactly 32 bytes. glibc registers more where the
 * kernel that it started on offered more (33 on 7.x), and goes by its own exported `__rseq_size` for each new thread,
 * so that word in the frozen memory has to change too, or the next pthread_create aborts.
 */
import type { Memory, Process, Tree } from '../../image-format/neutral/index.js';
import { elfSymbol } from './elf.js';
import { filesById, locate, type MappedFile, mappedFiles } from './find-bytes.js';
import { isBefore, type KernelContext, type KernelStep, mapChanged } from './step.js';

const SYMBOL = '__rseq_size';
const ORIGINAL_LENGTH = 32;
/** The dynamic linker exports the symbol; a static program has it in its own file. */
const LINKER = /\/ld(?:-linux[\w-]*|64|-[\d.]+)?\.so[\d.]*$/;

export const rseqLength: KernelStep = {
  name: 'rseq-length',
  apply(tree, context) {
    if (!isBefore(context.kernel, [6, 3])) return tree;
    const processes = mapChanged(tree.processes, (process, index) => shorten(process, index, tree, context));
    return processes === tree.processes ? tree : { ...tree, processes };
  },
};

function shorten(process: Process, index: number, tree: Tree, context: KernelContext): Process {
  let before = 0;
  const threads = mapChanged(process.threads, thread => {
    const sequence = thread.restartableSequence;
    if (sequence === undefined || sequence.length <= ORIGINAL_LENGTH) return thread;
    before = sequence.length;
    return { ...thread, restartableSequence: { ...sequence, length: ORIGINAL_LENGTH } };
  });
  if (before === 0) return process;
  // processes that share an address space share the word, and its pages carry the PID of the first of them
  const first = tree.processes.findIndex(other => other.memory === process.memory);
  if (first === index) patchLibrary(process, index, before, tree, context);
  return { ...process, threads };
}

function patchLibrary(
  process: Process,
  index: number,
  before: number,
  tree: Tree,
  context: KernelContext,
): void {
  const memory = tree.memories.find(({ id }) => id === process.memory);
  const found = memory === undefined ? undefined : findSize(memory, tree, context);
  if (found === undefined || memory === undefined) {
    context.lost({
      field: 'restartableSequence.length',
      at: `/processes/${index}`,
      severity: 'degrading',
      reason: `glibc's ${SYMBOL} was not found in the memory of process ${process.pid}: on this kernel its next new thread may abort it`,
    });
    return;
  }
  context.patch({
    pid: process.pid,
    address: `0x${found.address.toString(16)}`,
    expected: word(before),
    bytes: word(ORIGINAL_LENGTH),
    reason: `kernels before 6.3 take a restartable sequence of ${ORIGINAL_LENGTH} bytes only, and glibc goes by ${SYMBOL}`,
    location: found.location,
  });
}

function findSize(memory: Memory, tree: Tree, { readFile }: KernelContext) {
  const files = mappedFiles(memory, filesById(tree));
  const executable = filesById(tree).get(memory.executable);
  const static_ = (file: MappedFile) => executable?.kind === 'regular' && file.path === executable.path;
  const candidates = [...files.filter(({ path }) => LINKER.test(path)), ...files.filter(static_)];
  for (const { path, start } of candidates) {
    const content = readFile(path);
    const symbol = content === undefined ? undefined : elfSymbol(content, SYMBOL);
    if (symbol === undefined) continue;
    const address = start + BigInt(symbol.offset);
    const location = locate(memory, address);
    if (location !== undefined) return { address, location };
  }
  return undefined;
}

/** A 32-bit little-endian number as hexadecimal digits. */
function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
}
