import { chmodSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeWays } from '../../src/host/ways.js';

const USER = 65534;
const isRoot = process.getuid?.() === 0;
const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true });
});

/** A folder of root's in which `make` makes things, and the way to a path below it. */
function wayIn(make: (at: string) => void, path: string) {
  const at = mkdtempSync(join(tmpdir(), 'ckpt-ways-'));
  made.push(at);
  make(at);
  return { at, ...makeWays()(join(at, path)) };
}

const folder =
  (name: string, mode: number, owner = 0) =>
  (at: string): void => {
    mkdirSync(join(at, name));
    chmodSync(join(at, name), mode);
    lchownSync(join(at, name), owner, owner);
  };

const both =
  (...makes: readonly ((at: string) => void)[]) =>
  (at: string): void => {
    for (const make of makes) make(at);
  };

const file =
  (name: string, owner = 0) =>
  (at: string): void => {
    writeFileSync(join(at, name), '');
    lchownSync(join(at, name), owner, owner);
  };

const link =
  (name: string, to: string, owner: number) =>
  (at: string): void => {
    symlinkSync(to, join(at, name));
    lchownSync(join(at, name), owner, owner);
  };

describe.skipIf(!isRoot)(`the way to a path${isRoot ? '' : ' (needs root)'}`, () => {
  it.each([
    ['a file in a folder of root', both(folder('d', 0o755), file('d/f')), true],
    ['a file of a user in a folder of root', both(folder('d', 0o755), file('d/f', USER)), true],
    ['nothing in a folder of root', folder('d', 0o755), true],
    ['a file in a folder of a user', both(folder('d', 0o755, USER), file('d/f')), false],
    ['a file in a folder that a group may write to', both(folder('d', 0o775), file('d/f')), false],
    ['a file in a folder that all may write to', both(folder('d', 0o777), file('d/f')), false],
    ['a file of root in a folder as /tmp', both(folder('d', 0o1777), file('d/f')), true],
    ['a file of a user in a folder as /tmp', both(folder('d', 0o1777), file('d/f', USER)), false],
    ['nothing in a folder as /tmp', folder('d', 0o1777), false],
    ['a path without its folder', () => {}, false],
    ['what a link in the place of a folder leads to', both(folder('e', 0o755), link('d', 'e', 0)), false],
  ])('%s', (_, make, safe) => {
    expect(wayIn(make, 'd/f')).toMatchObject({ safe, foreign: undefined });
  });

  it('a folder below one of a user is not safe either', () => {
    const deep = both(folder('d', 0o755, USER), folder('d/e', 0o755), file('d/e/f'));
    expect(wayIn(deep, 'd/e/f').safe).toBe(false);
  });

  it.each([
    ['at its end', both(folder('d', 0o755), link('d/f', '/etc/shadow', USER)), 'd/f', '/etc/shadow'],
    ['before its end', both(folder('e', 0o755), file('e/f'), link('d', 'e', USER)), 'd', 'e'],
    ['behind one of root', both(folder('e', 0o755), link('e/f', '/x', USER), link('d', 'e', 0)), 'd/f', '/x'],
    ['that leads nowhere', both(folder('d', 0o755), link('d/f', 'gone', USER)), 'd/f', 'gone'],
  ])('with a link of a user %s', (_, make, at, to) => {
    const way = wayIn(make, 'd/f');
    expect(way).toMatchObject({ linked: true, foreign: { path: join(way.at, at), to, uid: USER } });
  });

  it('with a link of root has no foreign one', () => {
    const way = wayIn(both(folder('e', 0o755), file('e/f'), link('d', 'e', 0)), 'd/f');
    expect(way).toMatchObject({ linked: true, foreign: undefined });
  });
});
