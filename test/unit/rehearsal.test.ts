import { describe, expect, it } from 'vitest';
import { rehearse } from '../../src/checkpoint/rehearse.js';

describe('the rehearsal of a freeze', () => {
  it('goes through with the sample that comes along', async () => {
    let asked = 0;
    await rehearse(() => {
      asked += 1;
      return false;
    });
    expect(asked).toBeGreaterThan(20);
  });

  it('ends at once when it is stopped', async () => {
    let asked = 0;
    await rehearse(() => {
      asked += 1;
      return asked > 3;
    });
    expect(asked).toBeLessThanOrEqual(5);
  });
});
