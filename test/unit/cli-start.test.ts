import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli');

/** Packages that take longer to load than `ckpt --help` may take: only actions that need them load them. */
const heavy = ['zod', 'protobufjs', 'tar'];

/** Every package that a file loads at once, through whatever it imports; not what it imports when it needs it. */
function packagesOf(entry: string): Map<string, string> {
  const found = new Map<string, string>();
  const seen = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [statement, specifier] of source.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)';/gms)) {
      if (specifier === undefined || /^(?:import|export) type\s/.test(statement)) continue;
      if (specifier.startsWith('.')) open.push(join(dirname(file), specifier.replace(/\.js$/, '.ts')));
      else if (!specifier.startsWith('node:')) found.set(specifier, file);
    }
  }
  return found;
}

test('the walk sees what a file loads through others', () => {
  expect(packagesOf(join(cli, 'frame', 'program.ts')).has('commander')).toBe(true);
  expect(packagesOf(join(cli, '..', 'image-format', 'bundle', 'index.ts')).has('zod')).toBe(true);
});

test('`ckpt --version` loads no package at all', () => {
  expect([...packagesOf(join(cli, 'main.ts')).keys()]).toEqual([]);
});

test('the frame loads commander and nothing else', () => {
  expect([...packagesOf(join(cli, 'frame', 'program.ts')).keys()]).toEqual(['commander']);
});

test('no command loads a heavy package before its action runs', () => {
  const index = readFileSync(join(cli, 'commands', 'index.ts'), 'utf8');
  const files = [...index.matchAll(/import\('\.\/([\w/-]+)\.js'\)/g)].map(match => `${match[1]}.ts`);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(existsSync(join(cli, 'commands', file)), file).toBe(true);
    const packages = packagesOf(join(cli, 'commands', file));
    for (const name of heavy) expect(packages.get(name), `${file} loads ${name}`).toBeUndefined();
  }
});
