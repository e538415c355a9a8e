/** What ckpt says to type can be typed: the command is there, with that option, that value, and no word too many. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { programShape } from '../../scripts/man/program-shape.js';
import { mistakesIn } from '../support/commands-in.js';

const home = join(import.meta.dirname, '..', '..');
const program = await programShape();
const texts = [
  'README.md',
  'CONTRIBUTING.md',
  ...filesOf('docs', '.md'),
  ...filesOf('src', '.ts'),
  ...filesOf('vm-tests', '.md'),
];

function filesOf(folder: string, ending: string): readonly string[] {
  return readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(ending))
    .map(name => join(folder, name));
}

it.each(texts)('%s', file => {
  expect(mistakesIn(readFileSync(join(home, file), 'utf8'), program)).toEqual([]);
});

it.each([
  ['ckpt freeze {pid} --kernel 7.2', 'no option --kernel'],
  ['see `ckpt thaw NAME --tcp closed`', '--tcp takes no closed'],
  ['try again: ckpt freeze {root} --name; or wait', '--name needs a value'],
  ['type: ckpt show {name} {other}, and wait', 'takes 1 words, not 2'],
])('would notice %s', (text, mistake) => {
  expect(mistakesIn(text, program).join()).toContain(mistake);
});

it('takes a sentence for a sentence', () => {
  expect(
    mistakesIn('see ckpt list, which says more; ckpt runs as uid {uid}, and ckpt thaw is done', program),
  ).toEqual([]);
});
