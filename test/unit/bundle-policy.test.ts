import { describe, expect, it } from 'vitest';
import { manifestSchema } from '../../src/image-format/bundle/manifest-schema.js';

const trees = manifestSchema.shape.trees;
const accepts = (policy: unknown): boolean =>
  trees.safeParse([{ root: 7, command: 'it', processes: 1, policy }]).success;

describe("what a bundle says of a tree's places on the machine, where root will make and rename things", () => {
  const ok = { folder: '/run/it', bound: 's.17.tmp', name: 's' };

  it('names a socket by its folder and two names in it', () => {
    expect(accepts({ socketNames: [ok] })).toBe(true);
  });

  it.each(['', '.', '..', 'a/b', '../s', 'a\0b', 'x'.repeat(256)])('refuses the name %j', name => {
    expect(accepts({ socketNames: [{ ...ok, name }] })).toBe(false);
    expect(accepts({ socketNames: [{ ...ok, bound: name }] })).toBe(false);
  });

  it.each(['run', '', '/run/../etc', '/run//it', '/run/./it', '/run/it/'])('refuses the folder %j', path => {
    expect(accepts({ socketNames: [{ ...ok, folder: path }] })).toBe(false);
    expect(accepts({ folders: [{ path, mode: 0o755, uid: 0, gid: 0 }] })).toBe(false);
  });
});
