import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderPage, renderSchema } from '../../scripts/format-docs/render.js';

const docs = new URL('../../docs/', import.meta.url);
const stale = 'run `npm run format-docs` and commit the result';

test('docs/format.md is what the schemas say', () => {
  expect(readFileSync(new URL('format.md', docs), 'utf8') === renderPage(), stale).toBe(true);
});

test('docs/format.schema.json is what the schemas say', () => {
  expect(readFileSync(new URL('format.schema.json', docs), 'utf8') === renderSchema(), stale).toBe(true);
});

test('every field of the format is described', () => {
  const rows = renderPage().match(/^\| `.*\|$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(300);
  expect(rows.filter(row => /\|\s*\|$/.test(row))).toEqual([]);
});
