/** What the tests with hostile input share: how many cases, damage of every sort, and a sandbox that is watched. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { liftTree } from '../../src/converters/index.js';
import { CkptError } from '../../src/errors.js';
import { workOwner } from '../../src/host/work-owner.js';
import { readImageSet } from '../../src/image-format/criu/read-image-set.js';
import { pagesExpected } from '../../src/image-format/neutral/pages-expected.js';
import { directoryOf, versionOf } from './converters-images.js';

const nightly = process.env.CKPT_NIGHTLY === '1';

/** Cases of one property: 10,000 in the nightly run, or as many as CKPT_FUZZ_CASES says, and `usual` otherwise. */
export function cases(usual: number): number {
  const { CKPT_FUZZ_CASES: asked } = process.env;
  return asked === undefined ? (nightly ? 10_000 : usual) : Number(asked);
}

/** Time for one property, ms. */
export const PATIENCE = nightly ? 3_600_000 : 300_000;

/** Who works in the work directories of these tests. */
export const OWNER = workOwner();

/** Most memory that this process may ever have used, bytes: hostile input must not cost more. */
export const MOST_MEMORY = 2 ** 30;

/** Runs something that may refuse, but only by a failure of ours, and not as a bug. Gives its code, or `ok`. */
export async function outcome(work: () => Promise<unknown> | unknown): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    return refusal(error);
  }
}

/** The same for what is done at once. */
export function outcomeNow(work: () => void): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): string {
  if (error instanceof CkptError && error.code !== 'bug' && error.exit !== 1) return error.code;
  throw error;
}

/** Files in memory: thousands of bundles that are synced to a disk would take most of the time. */
const MEMORY = '/dev/shm';

/** A directory whose contents outside `inside` must never change. */
export class Sandbox {
  readonly path = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'ckpt-fuzz-'));
  /** A pipe that nobody writes to: whoever opens it to read and waits, waits forever. */
  readonly fifo = join(this.path, 'fifo');

  constructor() {
    execFileSync('mkfifo', [this.fifo]);
    writeFileSync(join(this.path, 'secret'), 'not yours');
  }

  /** An empty directory for one case. */
  fresh(name: string): string {
    const path = join(this.path, name);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
    return path;
  }

  /** Everything at the top: nothing may appear there, or go. */
  top(): string[] {
    return readdirSync(this.path).sort();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A real dump as it is written for each case: its files, and how long its page files are. */
interface Dump {
  readonly files: readonly (readonly [name: string, bytes: Uint8Array])[];
  readonly holes: readonly (readonly [name: string, size: number])[];
}

const dumps = new Map<string, Dump>();

function dumpNamed(name: string): Dump {
  const known = dumps.get(name);
  if (known !== undefined) return known;
  const from = directoryOf(name);
  const { tree } = liftTree(readImageSet(from), { label: '0', criu: versionOf(name) });
  const sizes = pagesExpected(tree);
  const made: Dump = {
    files: readdirSync(from).map(file => [file, readFileSync(join(from, file))]),
    holes: [...tree.memories, ...tree.sharedMemories].flatMap(({ pages }) =>
      pages === undefined
        ? []
        : [[pages.payload.slice(pages.payload.lastIndexOf('/') + 1), sizes.get(pages.payload) ?? 0] as const],
    ),
  };
  dumps.set(name, made);
  return made;
}

/** Writes a real dump with pages of the right size (holes) into a directory. */
export function writeDump(name: string, directory: string): void {
  const { files, holes } = dumpNamed(name);
  for (const [file, bytes] of files) writeFileSync(join(directory, file), bytes);
  for (const [file, size] of holes) {
    writeFileSync(join(directory, file), '');
    truncateSync(join(directory, file), size);
  }
}

/** Values that are wrong nearly everywhere, in different ways. */
export const wild = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.string(),
  fc.constantFrom<unknown>(
    '..',
    '../../etc/passwd',
    '/etc/passwd',
    'payload/../..',
    'payload/../state.json',
    'memory/0/..',
    'memory/0/core-1.img',
    '0x0',
    '0xffffffffffffffff',
    '18446744073709551615',
    'file-1',
    '__proto__',
    '#-1',
    'bit-64',
    '',
    '\0',
    2 ** 53,
    -1,
    4096 * 2 ** 31,
    [],
    {},
    [[]],
  ),
);

type Place = readonly (string | number)[];

/** Every place in a value, as the keys that lead there. */
export function placesOf(value: unknown, path: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    placesOf(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inner];
}

/** A copy with another value in one place; `undefined` takes what is there away. */
export function replaced(value: unknown, [key, ...rest]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => {
      if (i !== key) return [item];
      return rest.length === 0 && by === undefined ? [] : [replaced(item, rest, by)];
    });
  }
  const copy: Record<string, unknown> = { ...(value as object) };
  const next = replaced(copy[key], rest, by);
  if (next === undefined) delete copy[key];
  else
    Object.defineProperty(copy, key, { value: next, enumerable: true, writable: true, configurable: true });
  return copy;
}

/** One change to a directory of files; `pick` chooses the file, modulo how many there are. */
export interface Vandalism {
  readonly how: 'bytes' | 'cut' | 'grow' | 'gone' | 'link' | 'fifo' | 'directory' | 'swap' | 'extra';
  readonly pick: number;
  readonly at: number;
  readonly bytes: Uint8Array;
}

export const vandalism: fc.Arbitrary<Vandalism> = fc.record({
  how: fc.constantFrom(
    'bytes',
    'bytes',
    'bytes',
    'cut',
    'grow',
    'gone',
    'link',
    'fifo',
    'directory',
    'swap',
    'extra',
  ),
  pick: fc.nat(),
  at: fc.nat(),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      new Uint8Array([255, 255, 255, 255, 15]),
      new Uint8Array([255, 255, 255, 127]),
      new Uint8Array(4),
    ),
  ),
});

/** The file that a change goes to, and another one. */
interface Victim {
  readonly path: string;
  readonly other: string;
  readonly size: number;
  readonly change: Vandalism;
  readonly sandbox: Sandbox;
}

/** Plain files only are written to: a link would lead elsewhere, and a pipe would block. */
const CHANGES: Readonly<Record<Vandalism['how'], (victim: Victim) => void>> = {
  bytes: ({ path, size, change: { at, bytes } }) => {
    const fd = openSync(path, 'r+');
    writeSync(fd, bytes, 0, bytes.length, at % Math.max(size, 1));
    closeSync(fd);
  },
  cut: ({ path, size, change: { at } }) => truncateSync(path, at % Math.max(size, 1)),
  grow: ({ path, size, change: { at } }) => truncateSync(path, size + at),
  swap: ({ path, other }) => {
    if (isPlain(other) && lstatSync(other).size < 2 ** 20) writeFileSync(path, readFileSync(other));
  },
  extra: ({ path, change: { at, bytes } }) => {
    const names = ['unheard-of.img', 'core-0.img', 'pages-99.img', 'x.log'];
    writeFileSync(join(dirname(path), names[at % names.length] ?? ''), bytes);
  },
  gone: () => {},
  link: ({ path, sandbox }) => symlinkSync(join(sandbox.path, 'secret'), path),
  fifo: ({ path, sandbox }) => linkSync(sandbox.fifo, path),
  directory: ({ path }) => mkdirSync(path),
};
const REPLACING: readonly Vandalism['how'][] = ['gone', 'link', 'fifo', 'directory'];

function isPlain(path: string): boolean {
  return lstatSync(path).isFile();
}

/** Changes one of the files below a directory. */
export function vandalise(directory: string, change: Vandalism, sandbox: Sandbox): void {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const [path, other] = [change.pick, change.at].map(at => join(directory, names[at % names.length] ?? ''));
  if (path === undefined || other === undefined) return;
  if (REPLACING.includes(change.how)) rmSync(path, { recursive: true });
  else if (!isPlain(path)) return;
  const size = REPLACING.includes(change.how) ? 0 : lstatSync(path).size;
  CHANGES[change.how]({ path, other, size, change, sandbox });
}
