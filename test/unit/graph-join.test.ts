import { describe, expect, it } from 'vitest';
import type { GraphTie } from '../../src/checkpoint/graph/index.js';
import { joinTrees } from '../../src/checkpoint/graph/join-trees.js';

const half = (tree: number, local: string, remote: string): GraphTie => ({
  id: `remote:${tree}:${local} ${remote}`,
  kind: 'remote',
  name: `tcp ${local} – ${remote}`,
  standing: 'crossing',
  happens: '',
  remedy: '',
  ends: [
    { process: `p${tree}:7`, how: 'fd 3' },
    { process: `e:${remote}`, how: 'other end' },
  ],
});

describe('connections between two trees of a bundle', () => {
  it('are one tie, inside, with both processes', () => {
    const [here, there] = ['127.0.0.1:5000', '127.0.0.1:41000'];
    const far = half(0, '10.0.0.1:80', '10.0.0.2:4000');
    const joined = joinTrees([half(0, here, there), far, half(1, there, here)]);
    expect(joined).toHaveLength(2);
    expect(joined[0]).toMatchObject({
      kind: 'tcp',
      standing: 'inside',
      ends: [{ process: 'p0:7' }, { process: 'p1:7' }],
    });
    expect(joined[1]).toBe(far);
  });
});
