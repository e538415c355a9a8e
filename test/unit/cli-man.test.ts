import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programShape } from '../../scripts/man/program-shape.js';
import { manPages } from '../../scripts/man/render.js';
import { VERDICT_STATUS } from '../../src/checkpoint/check/index.js';
import { runCli } from '../support/run-cli.js';

const shape = await programShape();
const pages = manPages(shape);

test('there is a page for the program and one for each command', () => {
  expect([...pages.keys()]).toEqual(['ckpt.1', ...shape.commands.map(command => `ckpt-${command.name}.1`)]);
});

test('every command says what it does, and what its options and arguments are', () => {
  for (const command of shape.commands) {
    expect(command.description, command.name).not.toBe('');
    for (const option of command.options)
      expect(option.description, `${command.name} ${option.long}`).not.toBe('');
    for (const one of command.arguments) expect(one.description, `${command.name} ${one.name}`).not.toBe('');
  }
});

test('what holds where nothing is said is on the page, and in the help, in the words that the option takes', async () => {
  for (const command of ['freeze', 'thaw']) {
    expect(pages.get(`ckpt-${command}.1`)).toContain('(default: 60s)');
    expect((await runCli([command, '--help'])).stdout).toContain('(default: 60s)');
  }
  expect(pages.get('ckpt-memory.1')).toContain('(default: 100)');
});

test('the page of check has every status that it ends with', () => {
  for (const status of Object.values(VERDICT_STATUS))
    expect(pages.get('ckpt-check.1')).toMatch(new RegExp(`^\\.B ${status}$`, 'm'));
});

test('every variable that is read stands on the page of ckpt', () => {
  const src = join(import.meta.dirname, '..', '..', 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  const texts = files
    .filter(file => file.startsWith('cli/') || file.startsWith('host/'))
    .map(file => readFileSync(join(src, file), 'utf8'));
  const names = new Set(texts.flatMap(text => text.match(/\bCKPT_[A-Z_]+\b/g) ?? []));
  expect(names).toContain('CKPT_TRUST_KEY');
  for (const name of names) expect(pages.get('ckpt.1')).toMatch(new RegExp(`^\\.B ${name}$`, 'm'));
});

const groff = spawnSync('groff', ['--version']).status === 0;
test.skipIf(!groff)(
  `groff formats every page without a warning${groff ? '' : ' (groff is not installed)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'ckpt-man-'));
    try {
      for (const [name, page] of pages) {
        writeFileSync(join(folder, name), page);
        const made = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou', join(folder, name)], {
          encoding: 'utf8',
        });
        expect(made.stderr, name).toBe('');
        expect(made.stdout).toContain('NAME');
        expect(made.stdout).toContain('EXIT STATUS');
      }
      const doctor = shape.commands.find(command => command.name === 'doctor');
      expect(pages.get('ckpt-doctor.1')).toContain(
        (doctor?.examples[0]?.[1] ?? 'none').replaceAll('-', '\\-'),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
