import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { guardScript, raiseGuards } from '../../src/host/guard.js';
import { guardRules, isGuard } from '../../src/host/nftables.js';
import { type StateEntry, stateToJson } from '../../src/image-format/bundle/state.js';

const TABLE = 'ckpt-12345678';
const connection = (family: 'ip' | 'ip6', peer: string, port: number): Connection => ({
  family,
  local: { address: family === 'ip' ? '10.0.2.15' : 'fd00::15', port: 6379 },
  peer: { address: peer, port },
});
const connections = [
  connection('ip', '10.0.2.2', 40_001),
  connection('ip', '10.0.2.2', 40_002),
  connection('ip6', 'fd00::2', 40_003),
];

test('a guard looks each packet up once, however many connections there are', () => {
  const drops = (count: number): number =>
    guardRules(
      TABLE,
      Array.from({ length: count }, (_, at) => connection('ip', '10.0.2.2', 1000 + at)),
    )
      .split('\n')
      .filter(line => line.endsWith(' drop')).length;
  expect([drops(1), drops(5000)]).toEqual([1, 1]);
  const text = guardRules(TABLE, connections);
  expect(text).toContain('10.0.2.2 . 40001 . 10.0.2.15 . 6379, 10.0.2.2 . 40002 . 10.0.2.15 . 6379');
  expect(text).toContain('fd00::2 . 40003 . fd00::15 . 6379');
});

test('what comes from elsewhere as a guard is one, or is not loaded', () => {
  const text = guardRules(TABLE, connections);
  expect(isGuard(text, TABLE)).toBe(true);
  // As ckpt wrote them before there were sets.
  const old = text
    .replace(/ {2}set [^}]*\{[^}]*\{[^}]*\}\n {2}\}\n/g, '')
    .replace(/ {4}ip6? saddr \. .*\n/g, '')
    .replace(
      / accept\n {2}\}/,
      ' accept\n    ip saddr 10.0.2.2 tcp sport 1 ip daddr 10.0.2.15 tcp dport 2 drop\n  }',
    );
  expect(old).toContain('tcp sport 1 ip daddr');
  expect(isGuard(old, TABLE)).toBe(true);
  expect(isGuard(text, 'ckpt-87654321')).toBe(false);
  for (const foreign of [
    'flush ruleset',
    'include "/etc/passwd"',
    '    tcp dport 22 drop',
    'delete table inet filter',
  ])
    expect(isGuard(`${text}${foreign}\n`, TABLE), foreign).toBe(false);
  expect(isGuard(text.replace('accept\n', 'accept; flush ruleset\n'), TABLE)).toBe(false);
});

test('a bundle that is removed between two looks raises no guard: its processes may run', async () => {
  const store = mkdtempSync(join(tmpdir(), 'ckpt-guards-'));
  try {
    const [bundle, gone] = [join(store, 'a'), join(store, '.work-gone')];
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'state.json'), '{"history": [{"state": "thawed"}]}');
    // Rules that can be read only when the test says so.
    execFileSync('mkfifo', [join(bundle, 'guard.nft')]);
    const rules = openSync(join(bundle, 'guard.nft'), 'r+');
    const raising = raiseGuards(store);
    await setTimeout(50);
    renameSync(bundle, gone);
    writeSync(rules, 'no rules');
    closeSync(rules);
    expect(await raising).toEqual({ raised: [] });
  } finally {
    rmSync(store, { recursive: true });
  }
});

/** An nft that says that every table has an owner already; and one that does not know of owners, as before 1.0. */
const NEW_NFT = `[ "$1" != -c ] || exit 0\n[ "$1" != list ] || exec echo 'table inet ${TABLE}-kept'`;
const OLD_NFT = '[ "$1" != -c ] || exit 1\n[ "$1" != list ] || exit 0';

/** Runs the script for a store, with an nft that notes what else it is told. */
function runScript(
  store: string,
  knows = NEW_NFT,
): { readonly stdout: string; readonly told: readonly string[] } {
  const [bin, told] = [join(store, '.bin'), join(store, '.told')];
  mkdirSync(bin);
  const nft = `#!/bin/sh\n${knows}\necho "$@" >>"${told}"\n`;
  writeFileSync(join(bin, 'nft'), nft, { mode: 0o755 });
  const script = guardScript(store).replaceAll('/proc/sys/kernel/ns_last_pid', '/dev/null');
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const { stdout } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });
  return { stdout, told: readFileSync(told, 'utf8').trim().split('\n') };
}

const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const entry = (state: StateEntry['state'], bootId: string): StateEntry => ({
  state,
  bootId,
  at: '',
  kernel: '',
});

test.each([
  ['frozen in another boot', [entry('frozen', 'other')], true],
  ['frozen in this boot', [entry('frozen', BOOT)], true],
  ['in a thaw that the end of another boot cut off', [entry('thawing', 'other')], true],
  ['frozen again by a thaw that was undone', [entry('thawing', BOOT), entry('frozen', BOOT)], true],
  ['let go by a thaw meanwhile', [entry('frozen', 'other'), entry('thawing', BOOT)], false],
  ['removed meanwhile', undefined, false],
])('the script that raises guards looks once more: a bundle that is %s', (_, history, stays) => {
  const store = mkdtempSync(join(tmpdir(), "it's a store "));
  try {
    mkdirSync(join(store, 'a'));
    writeFileSync(join(store, 'a', 'guard.nft'), guardRules(TABLE, connections));
    if (history !== undefined) writeFileSync(join(store, 'a', 'state.json'), stateToJson({ history }));
    const loaded = `-f ${store}/a/guard.nft`;
    expect(runScript(store)).toEqual(
      stays
        ? { stdout: 'a\n', told: [loaded] }
        : { stdout: '', told: [loaded, `delete table inet ${TABLE}`] },
    );
  } finally {
    rmSync(store, { recursive: true });
  }
});

test('an nft that knows of no owners is not made one, which the network of a boot would wait for', () => {
  const store = mkdtempSync(join(tmpdir(), 'ckpt-guards-'));
  try {
    mkdirSync(join(store, 'a'));
    writeFileSync(join(store, 'a', 'guard.nft'), guardRules(TABLE, connections));
    writeFileSync(join(store, 'a', 'state.json'), stateToJson({ history: [entry('frozen', 'other')] }));
    expect(runScript(store, OLD_NFT)).toEqual({ stdout: 'a\n', told: [`-f ${store}/a/guard.nft`] });
  } finally {
    rmSync(store, { recursive: true });
  }
});
