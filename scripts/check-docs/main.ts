/** `npm run check-docs`: writes docs/check.md from the tables of rules and ties. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDocument } from './render.js';

await writeFile(join(import.meta.dirname, '..', '..', 'docs', 'check.md'), checkDocument());
