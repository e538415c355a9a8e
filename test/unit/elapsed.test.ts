import { expect, test } from 'vitest';
import { since } from '../../src/elapsed.js';

test('times have no more digits than they mean', () => {
  for (const began of [0, 12.345678901, performance.now() - 0.06])
    expect(`${since(began)}`).toMatch(/^\d+(?:\.\d)?$/);
});
