import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fold, graphOfDocument } from '../../src/checkpoint/graph/index.js';
import { documentFromJson } from '../../src/image-format/neutral/index.js';

const golden = join(import.meta.dirname, '..', 'golden', 'documents', 'format-1');
const read = (name: string) => documentFromJson(readFileSync(join(golden, name, 'document.json'), 'utf8'));

describe('the graph of a bundle', () => {
  const document = read('4.1.1-everything');
  const graph = graphOfDocument(document, 'bundle everything');

  it('has every process of the document, under its parent', () => {
    const pids = document.trees.flatMap(tree => tree.processes.map(process => process.pid));
    expect(graph.processes.filter(one => one.inside).map(one => one.pid)).toEqual(pids);
    expect(graph.processes.filter(one => one.root)).toHaveLength(document.trees.length);
  });

  it('ties every pipe, fifo, terminal and memfd that two processes hold', () => {
    const kinds = new Set(graph.ties.map(tie => tie.kind));
    for (const kind of ['pipe', 'fifo', 'terminal', 'memfd', 'unix', 'epoll', 'eventfd'] as const)
      expect(kinds, kind).toContain(kind);
    for (const tie of graph.ties) {
      expect(tie.ends.length).toBeGreaterThan(1);
      for (const end of tie.ends) expect(graph.processes.some(one => one.id === end.process)).toBe(true);
    }
  });

  it('ties who shares memory that nobody has open: it was mapped before a fork', () => {
    const mapped = graph.ties.filter(({ ends }) => ends.every(({ how }) => how.startsWith('mapping ')));
    expect(mapped.map(({ kind, ends }) => [kind, ends.length])).toEqual([['memfd', 3]]);
  });

  it('folds like that of live processes', () => {
    expect(fold(graph).boxes.length).toBeGreaterThan(1);
  });

  it('reads every golden document', () => {
    for (const name of ['4.2.1-namespaces', '4.3-network-namespace', '4.3-sysv-ipc'])
      expect(graphOfDocument(read(name), name).processes.length).toBeGreaterThan(0);
  });
});
