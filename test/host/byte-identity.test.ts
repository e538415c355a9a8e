/** What a document gives back of dumps that are large or rare, to the CRIU that made them: the same bytes. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';
import { liftDump, unlikeOriginal } from '../../vm-tests/scenarios/criu-matrix-images.js';
import { rawCopy } from './raw-criu.js';
import { cannotFreeze, owned, python, sessionOf, start, until } from './support.js';

/** Those of the toolbox that run on any kernel of today; the matrix in a machine has all four. */
const VERSIONS: readonly CriuVersion[] = ['4.2.1', '4.3'];

interface Exhibit {
  readonly title: string;
  readonly command: readonly string[];
  /** Whether it is a child of the command that is dumped, and not the command itself. */
  readonly child?: boolean;
  /** How many threads it must have before it is dumped, or how many processes its session. */
  readonly threads?: number;
  readonly processes?: number;
  readonly options?: readonly string[];
}

/** A sleep in new namespaces, whose descriptors were opened in there, too. */
function inside(...flags: readonly string[]): Pick<Exhibit, 'command' | 'child'> {
  const child = flags.includes('--fork');
  const sleep = `exec </dev/null >/dev/null 2>&1; exec ${child ? 'setsid ' : ''}sleep 1000`;
  return { command: ['unshare', ...flags, 'sh', '-c', sleep], child };
}

const inPython = (...lines: readonly string[]): readonly string[] => [python, '-c', lines.join('\n')];

const exhibits: readonly Exhibit[] = [
  {
    title: '1,000 threads',
    command: inPython(
      'import threading, time',
      'for _ in range(999): threading.Thread(target=time.sleep, args=(1000,)).start()',
    ),
    threads: 1000,
  },
  {
    title: '500 processes',
    command: ['sh', '-c', 'for i in $(seq 499); do sleep 1000 & done; wait'],
    processes: 500,
  },
  {
    title: 'a mapping that asked for huge pages',
    command: inPython(
      'import mmap, time',
      'm = mmap.mmap(-1, 16 << 20)',
      'm.madvise(mmap.MADV_HUGEPAGE)',
      'm[:] = b"x" * len(m)',
      'time.sleep(1000)',
    ),
  },
  { title: 'an IPC namespace', ...inside('--ipc') },
  { title: 'a UTS namespace', ...inside('--uts') },
  { title: 'a time namespace', ...inside('--time', '--monotonic', '1000', '--fork') },
  { title: 'a cgroup namespace', ...inside('--cgroup'), options: ['--manage-cgroups=soft'] },
  {
    title: 'an empty network namespace',
    ...inside('--net'),
    options: ['--empty-ns', 'net', '--network-lock', 'nftables'],
  },
  { title: 'a mount namespace', ...inside('--mount'), options: ['--external', 'mnt[]:m'] },
  {
    title: 'a PID namespace',
    ...inside('--pid', '--fork', '--mount-proc'),
    options: ['--external', 'mnt[]:m'],
  },
];

/** The PID to dump, once the exhibit is as it should be. */
async function rootOf({ title, child, threads, processes, command }: Exhibit): Promise<number> {
  const [program = '', ...args] = command;
  const { pid } = start(program, args);
  await until(`${title}: the sleep`, () =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') !== '' || child !== true ? true : undefined,
  );
  const root =
    child === true ? Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()) : pid;
  owned(root);
  await until(`${title}: threads`, () => readdirSync(`/proc/${root}/task`).length >= (threads ?? 1));
  await until(`${title}: processes`, async () => (await sessionOf(root)).length >= (processes ?? 1));
  if (command[0] === 'unshare')
    await until(`${title}: to sleep`, () => readFileSync(`/proc/${root}/comm`, 'utf8') === 'sleep\n');
  return root;
}

describe.skipIf(cannotFreeze)(`the document of${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  test.each(exhibits)('$title gives the same bytes back', async exhibit => {
    const root = await rootOf(exhibit);
    for (const version of VERSIONS) {
      const images = await rawCopy(version, root, exhibit.options);
      expect(unlikeOriginal(liftDump(images, version), images, version), version).toEqual([]);
    }
  });
});
