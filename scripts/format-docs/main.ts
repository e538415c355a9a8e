/** `npm run format-docs`: writes docs/format.md and docs/format.schema.json from the schemas. */
import { writeFileSync } from 'node:fs';
import { renderPage, renderSchema } from './render.js';

const docs = new URL('../../docs/', import.meta.url);
writeFileSync(new URL('format.md', docs), renderPage());
writeFileSync(new URL('format.schema.json', docs), renderSchema());
console.log('docs/format.md and docs/format.schema.json written');
