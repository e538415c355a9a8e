import { expect, test } from 'vitest';
import { type SeenTree, steady } from '../../src/checkpoint/check/index.js';

const seen = (...ties: readonly { readonly id: string; readonly standing: string }[]): SeenTree =>
  ({ root: 10, ties }) as unknown as SeenTree;

test('of two looks only what stood in the way both times does', () => {
  const stays = { id: 'unix:1-2', standing: 'blocking' };
  const passing = { id: 'unix:3-4', standing: 'blocking' };
  const later = { id: 'unix:5-6', standing: 'blocking' };
  const crossing = { id: 'tcp:7', standing: 'crossing' };
  const inside = { id: 'pipe:8', standing: 'inside' };
  const [tree] = steady([seen(stays, passing)], [seen(stays, later, crossing, inside)]);
  expect(tree?.ties).toEqual([stays, crossing, inside]);
});
