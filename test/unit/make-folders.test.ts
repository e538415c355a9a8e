import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePayloads } from '../../src/image-format/bundle/write-payloads.js';

describe('a bundle that is being filled', () => {
  let place: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'ckpt-folders-'));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  const payload = (member: string) => ({
    member,
    parts: [{ in: 'memory', bytes: Buffer.from('x') } as const],
  });

  it('has the folders of its members, for nobody else to see', async () => {
    await writePayloads(place, [payload('payload/0/a'), payload('payload/0/b'), payload('payload/1/c')]);
    expect(await readdir(join(place, 'payload'))).toEqual(['0', '1']);
    expect((await stat(join(place, 'payload', '0'))).mode & 0o777).toBe(0o700);
  });

  it('does not come back once somebody has taken it away', async () => {
    const bundle = join(place, 'work', 'bundle');
    await expect(writePayloads(bundle, [payload('payload/0/a')])).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(place)).toEqual([]);
  });
});
