import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { failures } from '../../src/errors.js';

const src = join(import.meta.dirname, '..', '..', 'src');

/** The program without its tables of failures. */
const program = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.startsWith('errors'))
  .map(file => readFileSync(join(src, file), 'utf8').replace(/^\s*(?:\/\/|\/?\*).*$/gm, ''))
  .join('\n');

it.each(Object.keys(failures))('%s is a failure that something throws', code => {
  expect(program.includes(`'${code}'`)).toBe(true);
});

it('would notice one that nothing throws', () => {
  expect(program.includes("'no-such-failure'")).toBe(false);
});
