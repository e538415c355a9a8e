import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diffText } from '../../src/cli/render/diff-text.js';
import { comparePages } from '../../src/conversion/compare-pages.js';
import { changesOf } from '../../src/converters/diff/changes.js';
import { diffTrees } from '../../src/converters/diff/diff-tree.js';
import { PlainTree } from '../../src/converters/diff/plain.js';
import { liftTree } from '../../src/converters/index.js';
import type { Pages, Tree } from '../../src/image-format/neutral/index.js';
import { bytesOf, membersOf } from '../support/members.js';
import { imageSets, readSet, versionOf } from './converters-images.js';

const lift = (name: string) => liftTree(readSet(name), { label: '0', criu: versionOf(name) });
const everything = lift('4.2.1/everything');

function plain({ tree, payloads }: ReturnType<typeof lift>): PlainTree {
  const members = membersOf(payloads);
  return new PlainTree(tree, ({ payload, at, length }) =>
    length === 0 ? '' : Buffer.from(bytesOf(members(payload))).toString('hex', at, at + length),
  );
}

function diff(changed: Tree) {
  const { processes } = diffTrees(plain(everything), plain({ ...everything, tree: changed }));
  return processes.filter(({ change }) => change !== 'same');
}

/** The first process with a descriptor that leads to a regular file, and that file. */
function regularFile() {
  for (const process of everything.tree.processes) {
    const table = everything.tree.descriptorTables.find(({ id }) => id === process.descriptors);
    for (const { number, refersTo } of table?.entries ?? []) {
      const file = everything.tree.openFiles.find(({ id }) => id === refersTo);
      if (file?.kind === 'regular' && table) return { pid: process.pid, number, file, table };
    }
  }
  throw new Error('no regular file is open');
}

describe('two captures', () => {
  test.each(imageSets)('%s is the same as itself', name => {
    const lifted = lift(name);
    const { processes } = diffTrees(plain(lifted), plain(lifted));
    expect(processes.filter(({ change }) => change !== 'same')).toEqual([]);
    expect(processes).toHaveLength(lifted.tree.processes.length);
  });

  test('numbers that another boot gives anew are no difference', () => {
    const renamed: unknown = JSON.parse(
      JSON.stringify(everything.tree)
        .replace(/"(file|pipe|fifo|terminal|memfd|ghost)-(\d+)"/g, '"$1-9$2"')
        .replace(/"(inode|mount)":(\d+)/g, '"$1":7$2'),
    );
    expect(diff(renamed as Tree)).toEqual([]);
  });

  test('a moved file position is told at the descriptor that leads there', () => {
    const { pid, number, file } = regularFile();
    const openFiles = everything.tree.openFiles.map(one =>
      one === file ? { ...file, position: '4711' } : one,
    );
    const found = diff({ ...everything.tree, openFiles }).find(one => one.pid === pid);
    expect(found?.files).toContainEqual({
      change: 'changed',
      key: String(number),
      what: file.path,
      fields: [{ field: 'refersTo.position', from: file.position, to: '4711' }],
    });
  });

  test('a closed descriptor, a new thread, a grown mapping and a process that ended are told as such', () => {
    const { pid, number, file, table } = regularFile();
    const [first] = everything.tree.memories;
    const owner = everything.tree.processes.find(({ memory }) => memory === first?.id);
    const last = everything.tree.processes.at(-1);
    const [mapping] = first?.mappings ?? [];
    if (!first || !owner || !last || !mapping) throw new Error('the dump has changed');
    const changed: Tree = {
      ...everything.tree,
      descriptorTables: everything.tree.descriptorTables.map(one =>
        one === table ? { ...table, entries: table.entries.filter(entry => entry.number !== number) } : one,
      ),
      memories: everything.tree.memories.map(one =>
        one === first
          ? { ...first, mappings: [{ ...mapping, end: '0x7000' }, ...first.mappings.slice(1)] }
          : one,
      ),
      processes: everything.tree.processes
        .filter(one => one !== last)
        .map(one => (one === owner ? { ...one, threads: [...one.threads, { tid: 99_999 }] } : one)),
    };
    const found = diff(changed);
    const of = (which: number) => found.find(one => one.pid === which);
    expect(of(pid)?.files).toContainEqual({
      change: 'removed',
      key: `${number}`,
      what: file.path,
      fields: [],
    });
    expect(of(owner.pid)?.threads).toEqual([
      { change: 'added', key: '99999', what: 'thread 99999', fields: [] },
    ]);
    expect(of(owner.pid)?.mappings).toMatchObject([
      { change: 'changed', key: mapping.start, fields: [{ field: 'end', from: mapping.end, to: '0x7000' }] },
    ]);
    expect(of(last.pid)).toMatchObject({ change: 'removed', name: last.name ?? '' });
  });

  test('bytes in a pipe are compared, not where they lie', () => {
    const pipe = everything.tree.pipes.find(({ data }) => data !== undefined);
    if (pipe?.data === undefined) throw new Error('no pipe holds data');
    const shorter = { ...pipe.data, length: pipe.data.length - 1 };
    const pipes = everything.tree.pipes.map(one => (one === pipe ? { ...pipe, data: shorter } : one));
    const fields = diff({ ...everything.tree, pipes }).flatMap(one => one.files.flatMap(part => part.fields));
    expect(fields.map(({ field }) => field)).toContain('refersTo.pipe.data');
  });
});

test('changes are told at the field that differs, and lists of other lengths as a whole', () => {
  expect(changesOf({ a: { b: 1, c: [{ d: 1 }] } }, { a: { b: 2, c: [{ d: 2 }] } })).toEqual([
    { field: 'a.b', from: 1, to: 2 },
    { field: 'a.c.0.d', from: 1, to: 2 },
  ]);
  expect(changesOf({ a: [1] }, { a: [1, 2], b: 3 })).toEqual([
    { field: 'a', from: [1], to: [1, 2] },
    { field: 'b', to: 3 },
  ]);
});

describe('pages', () => {
  const work = mkdtempSync(join(tmpdir(), 'ckpt-diff-'));
  afterAll(() => rmSync(work, { recursive: true }));
  const page = (fill: number): Buffer => Buffer.alloc(4096, fill);
  const file = (name: string, ...fills: number[]): string => {
    const path = join(work, name);
    writeFileSync(path, Buffer.concat(fills.map(page)));
    return path;
  };
  const runs = (...list: readonly (readonly [start: number, count: number, at: number])[]): Pages => ({
    payload: 'memory/0/pages-1.img',
    runs: list.map(([start, count, at]) => ({
      start: `0x${start.toString(16)}`,
      count,
      state: ['present'],
      at,
    })),
  });

  test('are compared by address, wherever they lie in their files', async () => {
    // 1 2 3 4 at 0x1000, against 9 at 0x0, then 2 8 at 0x2000 and 4 at 0x4000, stored in another order
    const a = runs([0x1000, 4, 0]);
    const b = runs([0x4000, 1, 0], [0x2000, 2, 4096], [0x0, 1, 3 * 4096]);
    expect(await comparePages(a, file('a', 1, 2, 3, 4), b, file('b', 4, 2, 8, 9))).toEqual({
      same: 2,
      changed: 1,
      added: 1,
      removed: 1,
      unknown: 0,
    });
  });

  test('of one file are the same without being there', async () => {
    const empty = file('empty');
    const pages = runs([0x1000, 1_000_000, 0]);
    expect(await comparePages(pages, empty, pages, empty)).toMatchObject({ same: 1_000_000, changed: 0 });
  });
});

test('people read one line for each part, with registers counted', () => {
  const text = diffText({
    same: false,
    processes: [
      {
        pid: 7,
        name: 'redis',
        change: 'changed',
        fields: [],
        threads: [
          {
            change: 'changed',
            key: '7',
            what: 'thread 7 redis',
            fields: [
              { field: 'x86.general.rip', from: '0x1', to: '0x2' },
              { field: 'nice', from: 0, to: 5 },
            ],
          },
        ],
        files: [{ change: 'removed', key: '5', what: '/var/log/x', fields: [] }],
        sockets: [],
        mappings: [],
      },
    ],
    pages: [
      {
        pid: 7,
        name: 'redis',
        what: 'private memory',
        same: 10,
        changed: 2,
        added: 0,
        removed: 0,
        unknown: 0,
      },
    ],
    alike: { processes: 3, pages: 10 },
  });
  expect(text.split('\n')).toEqual([
    '~ process 7 redis',
    '  ~ thread 7 redis',
    '      nice: 0 → 5',
    '      1 register changed',
    '  - file 5  /var/log/x',
    '  ~ pages of private memory  2 changed; 10 the same',
    '3 processes and 10 pages of memory are the same',
  ]);
});
