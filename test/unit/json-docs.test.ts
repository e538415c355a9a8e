import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { documentedFields, undocumentedIn } from '../support/json-docs.js';
import { runCli } from '../support/run-cli.js';
import { bundleFiles, folder, writeFiles } from './bundle-support.js';

const root = join(import.meta.dirname, '..', '..');

test('docs/json.md has a section for each kind of document that a command prints, and no other', () => {
  const { stdout } = execaSync(
    'grep',
    ['-rhoE', "kind: '[a-z-]+'", 'src/cli/commands', 'src/cli/render/failure.ts'],
    {
      cwd: root,
    },
  );
  const kinds = new Set([...stdout.matchAll(/'(.*)'/g)].map(([, kind]) => kind));
  expect([...documentedFields().keys()].sort()).toEqual([...kinds].sort());
});

test.each([
  ['list'],
  ['show', 'a'],
  ['verify', 'a', 'none'],
  ['graph', 'a'],
  ['diff', 'a', 'a'],
  ['convert', 'a', 'x', '--to', 'neutral', '--dry-run'],
  ['doctor'],
  ['completion', 'bash'],
  ['show', 'none'],
])('%s prints what docs/json.md says', async (...words) => {
  const store = await folder();
  await mkdir(join(store, 'a'));
  await writeFiles(join(store, 'a'), bundleFiles('a'));
  const { stdout, json } = await runCli([...words, '--json', '--store', store]);
  expect(stdout).not.toBe('');
  expect(undocumentedIn(json())).toEqual([]);
});

test('a field that docs/json.md does not have is noticed, and so is one below a list', () => {
  const list = { version: 1, kind: 'list', store: '/x', colour: 'red', bundles: [{ name: 'a', weight: 1 }] };
  expect(undocumentedIn(list)).toEqual(['colour', 'bundles[].weight']);
  expect(undocumentedIn({ version: 1, kind: 'tea', hot: true })).toEqual(['hot']);
});
