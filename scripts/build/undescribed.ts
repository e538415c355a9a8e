/**
 * The schemas of the executable have no descriptions: those are for docs/format.md, and zod makes a copy of a schema for
 * each, 900 at every start of a thaw. Measured in turns: 257 instead of 269 ms for the thaw of one process.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** The method of zod's that copies a schema and keeps its description. */
const DESCRIBE =
  /\bdescribe\(description\) \{\s+const cl = this\.clone\(\);\s+core\.globalRegistry\.add\(cl, \{ description \}\);\s+return cl;\s+\}/;

/** Makes the method give the schema itself. Fails the build where zod has changed it. */
export const undescribed: Plugin = {
  name: 'undescribed',
  setup(build) {
    build.onLoad({ filter: /\/zod\/v4\/classic\/schemas\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!DESCRIBE.test(text)) throw new Error(`${path}: describe() is not what undescribed.ts replaces`);
      return { contents: text.replace(DESCRIBE, 'describe() { return this; }'), loader: 'js' };
    });
  },
};
