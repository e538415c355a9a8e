import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '..', '..', 'src');

/** Which rooms a room may import from; itself always, and the files at the top (errors, events, version). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['checkpoint', 'restore', 'conversion', 'converters', 'image-format', 'host', 'errors'],
  checkpoint: ['converters', 'image-format', 'host', 'errors'],
  restore: ['converters', 'image-format', 'host', 'errors'],
  conversion: ['converters', 'image-format', 'errors'],
  converters: ['image-format', 'errors'],
  'image-format': ['errors'],
  host: ['errors'],
  errors: [],
  // The files at the top, which every room may import.
  '': ['errors'],
};

/** Which room a package belongs to. */
const AT_HOME: Readonly<Record<string, string>> = {
  // Nowhere in src: what is built starts programs by Node's own spawn, which loads in no time (docs/adr/0003).
  execa: 'no room',
  protobufjs: 'image-format/criu',
  commander: 'cli',
  tar: 'image-format/bundle',
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1] ?? '');
}

/** Of files of ours, also of types; not what is loaded later, when it is needed. */
function firstImportsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/\bfrom '(\.[^']+\.js)';/g)].map(match => match[1] ?? '');
}

function roomOf(path: string): string {
  const [room = '', ...rest] = path.split('/');
  return rest.length === 0 ? '' : room;
}

describe('rooms', () => {
  it.each(files)('%s imports only from rooms below it', file => {
    const room = roomOf(file);
    const wrong = importsOf(file)
      .filter(target => target.startsWith('.'))
      .map(target => relative(src, join(src, dirname(file), target)))
      .map(roomOf)
      .filter(target => target !== '' && target !== room && !MAY_IMPORT[room]?.includes(target));
    expect(wrong).toEqual([]);
  });

  it('no file imports what imports it, not even by way of others', () => {
    const below = (file: string): string[] =>
      firstImportsOf(file).map(target =>
        relative(src, join(src, dirname(file), target)).replace(/\.js$/, '.ts'),
      );
    const rings: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, above: readonly string[]): void => {
      if (above.includes(file)) rings.push([...above.slice(above.indexOf(file)), file].join(' → '));
      if (done.has(file)) return;
      done.add(file);
      for (const next of below(file)) walk(next, [...above, file]);
    };
    for (const file of files) walk(file, []);
    expect(rings).toEqual([]);
  });

  it('draws without knowing the frame around the commands, which draws by it', () => {
    const renderers = files.filter(file => file.startsWith('cli/render/'));
    expect(renderers.filter(file => importsOf(file).some(target => target.includes('/frame/')))).toEqual([]);
  });

  it.each(files)('%s uses each package only where it is at home', file => {
    const wrong = importsOf(file).filter(target => {
      const home = AT_HOME[target.split('/')[0] ?? ''];
      return home !== undefined && !file.startsWith(`${home}/`);
    });
    expect(wrong).toEqual([]);
  });

  it('freezes without loading the schemas, which take longer to make than a small tree takes to freeze', () => {
    const loaded = new Set<string>();
    const walk = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      const text = readFileSync(join(src, file), 'utf8').replace(/^import type [^;]+;$/gm, '');
      const imports = /^(?:import|export)\b[^;]*?from '([^']+)';$|\bimport\('([^']+)'\)/gm;
      for (const [, first, later] of text.matchAll(imports)) {
        const target = first ?? later ?? '';
        if (target.startsWith('.'))
          walk(relative(src, join(src, dirname(file), target)).replace(/\.js$/, '.ts'));
        else loaded.add(target);
      }
    };
    walk('checkpoint/freeze.ts');
    expect(loaded).toContain('converters/lift/lift-tree.ts');
    expect(loaded).not.toContain('zod');
  });

  it('has what the map of it names', () => {
    const map = readFileSync(join(src, '..', 'docs', 'architecture.md'), 'utf8');
    const rooms = Object.keys(MAY_IMPORT).filter(room => room !== '');
    const named = new RegExp(`\\b(?:${rooms.join('|')})/[\\w/.-]*\\w`, 'g');
    const paths = [...new Set(map.match(named))];
    expect(paths.length).toBeGreaterThan(20);
    const isThere = (path: string): boolean => ['', '.ts'].some(end => existsSync(join(src, path + end)));
    expect(paths.filter(path => !isThere(path))).toEqual([]);
  });

  it('finds the imports that it judges', () => {
    expect(importsOf('cli/main.ts').length).toBeGreaterThan(0);
    expect(files.length).toBeGreaterThan(20);
  });
});
