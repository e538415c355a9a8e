import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedCodes, errorsDocument } from '../../scripts/errors-docs/render.js';
import type { Failure } from '../../src/errors/failure.js';
import { failures } from '../../src/errors.js';

const rows = Object.entries(failures) as [string, Failure][];

test('docs/errors.md is what `npm run errors-docs` makes', async () => {
  const written = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8');
  expect(written).toBe(errorsDocument());
});

test('every failure has a section', () => {
  expect(documentedCodes().sort()).toEqual(rows.map(([code]) => code).sort());
});

test('no code stands in two tables, where one row would silently take the place of the other', () => {
  const codes = documentedCodes();
  expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([]);
});

test('every failure says what, why and what to do, in one line each', () => {
  for (const [code, row] of rows) {
    expect(code).toMatch(/^[a-z][a-z0-9-]*$/);
    for (const text of [row.what, row.why, row.hint]) {
      expect(text.trim(), code).toBe(text);
      expect(text, code).not.toBe('');
      expect(text, code).not.toMatch(/\n/);
    }
    for (const text of [row.what, row.why, row.hint]) expect(text, code).not.toMatch(/\.$/);
    // They stand behind "why:" and "do:"; names such as CRIU or PID keep their capitals.
    for (const text of [row.why, row.hint]) expect(text, code).not.toMatch(/^[A-Z][a-z]/);
  }
});
