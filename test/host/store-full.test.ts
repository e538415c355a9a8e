import { statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { writePayloads } from '../../src/image-format/bundle/write-payloads.js';
import { cannotFreeze, folder } from './support.js';

describe.skipIf(cannotFreeze)(`a store that fills up${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('takes a part of what is written, without an error: that is no member of a bundle', async () => {
    const store = await folder();
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'small', store]);
    try {
      const bytes = Buffer.alloc(200 * 1024, 7);
      const writing = writePayloads(store, [{ member: 'payload/0/large', parts: [{ in: 'memory', bytes }] }]);
      await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' });
      // The first write filled the store: that it was a short one is what this test is about.
      expect(statSync(join(store, 'payload/0/large')).size).toBeGreaterThan(0);
    } finally {
      await execa('umount', [store]);
    }
  });
});
