import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkDocument } from '../../scripts/check-docs/render.js';

it('docs/check.md is what the tables say (npm run check-docs)', () => {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'check.md');
  expect(readFileSync(path, 'utf8')).toBe(checkDocument());
});
