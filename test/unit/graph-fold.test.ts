import { describe, expect, it } from 'vitest';
import { type Closure, processesToAdd, type Tie, type TieEnd } from '../../src/checkpoint/closure/index.js';
import { fold, graphOfClosure } from '../../src/checkpoint/graph/index.js';
import { graphDot } from '../../src/cli/render/graph-dot.js';
import { graphSvg } from '../../src/cli/render/graph-svg.js';
import { graphText } from '../../src/cli/render/graph-text.js';
import { styleFor } from '../../src/cli/render/style.js';

const end = (pid: number, name: string, inside: boolean): TieEnd => ({ pid, name, how: 'fd 3', inside });
const tie = (kind: Tie['kind'], key: string, standing: Tie['standing'], ends: readonly TieEnd[]): Tie => ({
  id: `${kind}:${key}`,
  kind,
  name: `${kind} ${key}`,
  ends,
  standing,
  happens: `It happens to ${ends.at(-1)?.name} (PID ${ends.at(-1)?.pid}).`,
  remedy: standing === 'inside' ? '' : 'Do something',
});

/** A server (10) with 20 workers (100…) and, outside, 20 clients (200…), each connected to one worker. */
const workers = Array.from({ length: 20 }, (_, i) => 100 + i);
const closure: Closure = {
  roots: [10],
  members: [10, ...workers],
  ties: [
    ...workers.map(pid =>
      tie('parent', `${pid}`, 'inside', [end(10, 'server', true), end(pid, 'worker', true)]),
    ),
    ...workers.map(pid =>
      tie('unix', `${pid}`, 'blocking', [end(pid, 'worker', true), end(pid + 100, 'client', false)]),
    ),
    tie('pipe', '7', 'inside', [end(10, 'server', true), end(100, 'worker', true)]),
    tie('session', '10', 'inside', [
      end(10, 'server', true),
      ...workers.map(pid => end(pid, 'worker', true)),
    ]),
  ],
  unknown: [],
};
const look = (pid: number) => ({
  name: pid === 10 ? 'server' : pid < 200 ? 'worker' : 'client',
  parent: pid === 10 || pid >= 200 ? 1 : 10,
  command: pid === 10 ? 'server --conf "a b"' : '',
});

describe('a graph with many alike', () => {
  const graph = graphOfClosure(closure, look);

  it('knows every process and keeps every tie', () => {
    expect(graph.title).toBe('server (PID 10)');
    expect(graph.processes).toHaveLength(41);
    expect(graph.ties).toHaveLength(closure.ties.length);
  });

  it('draws alike workers and their clients as one box each, joined by one link', () => {
    const folded = fold(graph);
    // Worker 100 holds the pipe too, so it is not like the others.
    expect(folded.boxes.map(box => [box.name, box.pids.length, box.inside])).toEqual([
      ['server', 1, true],
      ['worker', 1, true],
      ['worker', 19, true],
      ['client', 20, false],
    ]);
    expect(folded.links.map(link => [link.kind, link.standing, link.count])).toEqual([
      ['unix', 'blocking', 1],
      ['unix', 'blocking', 19],
      ['pipe', 'inside', 1],
    ]);
    expect(folded.summary).toEqual([{ kind: 'session', count: 1 }]);
  });

  it('draws every one with --all', () => {
    const folded = fold(graph, true);
    expect(folded.boxes).toHaveLength(41);
    expect(folded.links).toHaveLength(22);
  });

  it('says on the terminal what blocks, with whom, and what to do', () => {
    const text = graphText(fold(graph), styleFor(false));
    expect(text).toContain('worker × 19 (PIDs 101, 102, 103 …)\n');
    expect(text).toContain('✗ unix × 19 — client × 20');
    expect(text).toContain('20 blocking, 0 crossing, 1 inside');
    expect(text).toContain('→ Do something.');
    expect(text.indexOf('✗ unix')).toBeLessThan(text.indexOf('→'));
  });

  it('is valid DOT, and a picture without anything installed', async () => {
    const dot = graphDot(fold(graph));
    expect(dot).toContain('subgraph cluster_inside');
    expect(dot).toContain('\\"a b\\"');
    const svg = await graphSvg(fold(graph));
    expect(svg).toContain('<svg');
    expect(svg).toContain('worker × 19');
    // Graphviz refuses DOT that it cannot read; a box for each would show 41 nodes.
    expect(svg.match(/class="node"/g)).toHaveLength(4);
  });
});

describe('a tie of more than two', () => {
  const three = (kind: Tie['kind'], standing: Tie['standing'], inside: boolean): Tie =>
    tie(kind, '1', standing, [end(10, 'a', true), end(11, 'b', true), end(12, 'c', inside)]);
  const drawn = (one: Tie): string => {
    const members = one.ends.flatMap(({ pid, inside }) => (inside && pid !== undefined ? [pid] : []));
    const made: Closure = { roots: [10], members, ties: [one], unknown: [] };
    const known = (pid: number) => ({
      name: 'abc'[pid - 10] ?? '',
      parent: pid === 10 ? 1 : 10,
      command: '',
    });
    return graphDot(fold(graphOfClosure(made, known)));
  };
  const knots = (dot: string) => dot.match(/^ *tie0 \[shape=ellipse/gm);
  const frame = (dot: string) => dot.slice(0, dot.indexOf('\n  }\n'));

  it('is drawn as one knot, in the frame of those inside or beside it', () => {
    const inside = drawn(three('pipe', 'inside', true));
    expect([knots(inside)?.length, knots(frame(inside))?.length]).toEqual([1, 1]);
    const crossing = drawn(three('pipe', 'crossing', false));
    expect([knots(crossing)?.length, knots(frame(crossing))?.length]).toEqual([1, undefined]);
    expect(crossing.match(/ -> tie0 /g)).toHaveLength(3);
  });
});

describe('what is to be frozen as well', () => {
  it('is who holds an end, and the ancestor of two that only as one can keep it, each once', () => {
    const ties: readonly Tie[] = [
      tie('pipe', '1', 'crossing', [end(10, 'a', true), end(30, 'b', false)]),
      { ...tie('unix', '2', 'blocking', [end(10, 'a', true), end(11, 'c', true)]), ancestor: 5 },
      tie('fifo', '3', 'crossing', [end(10, 'a', true), end(30, 'b', false), end(1, 'init', false)]),
      // Nobody is added for these.
      tie('pipe', '4', 'inside', [end(10, 'a', true), end(40, 'd', false)]),
      tie('parent', '5', 'crossing', [end(10, 'a', true), end(41, 'e', false)]),
      {
        ...tie('unix', '6', 'crossing', [end(10, 'a', true), end(42, 'journald', false)]),
        onRequest: 'journal',
      },
    ];
    expect(processesToAdd({ roots: [10], members: [10, 11], ties, unknown: [] })).toEqual([
      { pid: 5, tie: 'unix 2' },
      { pid: 30, tie: 'pipe 1' },
    ]);
  });
});

describe('names from outside', () => {
  it('cannot break out of the DOT or move the cursor', () => {
    const evil: Closure = {
      roots: [10],
      members: [10],
      ties: [tie('pipe', '1', 'crossing', [end(10, 'a', true), end(11, 'b', false)])],
      unknown: [],
    };
    const name = 'x"];\u001b[2Jy';
    const folded = fold(graphOfClosure(evil, pid => ({ name, parent: 1, command: `${name}${pid}` })));
    expect(graphText(folded, styleFor(false))).not.toContain('\u001b');
    expect(graphDot(folded)).toContain('x\\"];\\\\x1b[2Jy');
  });
});
