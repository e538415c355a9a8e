import { expect, it } from 'vitest';
import { rehearse } from '../../src/checkpoint/fill/rehearse.js';

it('a rehearsal goes through with the sample that comes along, and lets others have their turn', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    others = setImmediate(count);
  };
  let others = setImmediate(count);
  await rehearse();
  clearImmediate(others);
  expect(turns).toBeGreaterThan(20);
});
