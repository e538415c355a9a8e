/** `npm run errors-docs`: writes docs/errors.md from the tables of failures. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorsDocument } from './render.js';

const docs = join(import.meta.dirname, '..', '..', 'docs');
await mkdir(docs, { recursive: true });
await writeFile(join(docs, 'errors.md'), errorsDocument());
