import { build } from 'esbuild';
import { readyCoders } from './ready-coders.js';
import { undescribed } from './undescribed.js';

/**
 * Bundles a TypeScript entry and all that it imports into one CommonJS file, the form that Node's single-executable
 * application takes. Names stay readable, so that a stack trace in a bug report says something.
 *
 * @throws when the sources use what CommonJS cannot express (a top-level `await`)
 */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    plugins: [readyCoders, undescribed],
    platform: 'node',
    target: 'node20',
    // Node's single executable has no loader behind import(): what stays of it (built-in modules) must become require.
    supported: { 'dynamic-import': false },
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
}

/** The function around a CommonJS program, as Node puts it: what the loader of the executable calls. */
export function wrap(program: string): string {
  const body = program.replace(/^#!.*/, '');
  return `(function (exports, require, module, __filename, __dirname) {${body}\n})`;
}
