/** `npm run man [-- FOLDER]`: writes the manual pages, into dist/man unless another folder is named. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programShape } from './program-shape.js';
import { manPages } from './render.js';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', '..', 'dist', 'man');
await mkdir(folder, { recursive: true });
for (const [name, page] of manPages(await programShape())) await writeFile(join(folder, name), page);
process.stderr.write(`manual pages are in ${folder}: man -l ${join(folder, 'ckpt.1')}\n`);
