import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { undocumentedIn } from '../support/json-docs.js';
import { cannotFreeze, ckpt, folder, owned, python, refusal, start, until } from './support.js';

const program = join(import.meta.dirname, 'programs', 'exhibit.py');

interface Look {
  readonly trees: readonly { readonly processes: readonly Shown[] }[];
}
interface Shown {
  readonly pid: number;
  readonly parent: number;
  readonly commandLine: readonly string[];
  readonly threads: readonly unknown[];
  readonly memory: {
    readonly frozen: number;
    readonly mappings: readonly { start: string; end: string; what: string }[];
  };
  readonly descriptors: readonly { number: number; kind: string; what: string }[];
}

describe.skipIf(cannotFreeze)(`looking into bundles${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  let store: string;
  let place: string;
  let pid: number;
  let port: string;

  beforeEach(async () => {
    store = await folder();
    place = await folder();
    pid = start(python, [program, place, 'swordfish']).pid;
    port = await until(
      'the exhibit to be ready',
      () => existsSync(join(place, 'ready')) && readFileSync(join(place, 'ready'), 'utf8'),
    );
    expect(await ckpt(['freeze', String(pid), '--name', 'x', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
  });

  it('draws a bundle, and the file that it was carried away as', async () => {
    const file = join(place, 'x.ckpt');
    await ckpt(['thaw', 'x', '--store', store]);
    const again = ['freeze', String(pid), '--name', 'y', '--out', file, '--store', store];
    expect((await ckpt(again)).status).toBe(0);
    const drawn = await ckpt(['graph', 'y', '--store', store]);
    expect(drawn.stdout).toContain(`python3 (PID ${pid})`);
    const other = await folder();
    const carried = await ckpt(['graph', file, '--store', other]);
    expect(carried).toEqual(drawn);
    expect(readdirSync(other)).toEqual([]);
    expect(await refusal(['graph', `${file}x`])).toMatchObject({ code: 'source-missing' });

    const elsewhere = ['--store', other];
    expect(await ckpt(['verify', file, ...elsewhere])).toMatchObject({ status: 0 });
    const shown = JSON.parse((await ckpt(['show', file, '--json', ...elsewhere])).stdout);
    expect(shown).toMatchObject({ kind: 'show', path: file, trees: [{ root: pid }] });
    const found = await ckpt(['memory', file, String(pid), '--search', 'swordfish', ...elsewhere]);
    expect(found.stdout).toContain('rw-p');
    expect(readdirSync(other)).toEqual([]);
    const images = join(place, 'images');
    expect(await ckpt(['convert', 'y', images, '--to', 'criu:4.2.1', '--store', store])).toMatchObject({
      status: 0,
    });
    expect((await ckpt(['graph', 'images'], { inside: ['env', '-C', place] })).stdout).toContain(
      `python3 (PID ${pid})`,
    );
  });

  it('shows processes, threads, files and sockets, for people and for programs', async () => {
    const { stdout } = await ckpt(['show', 'x', '--store', store]);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^x: frozen, 2 processes, [\d.]+ MiB$/);
    expect(lines[3]).toMatch(
      new RegExp(`^python3 ${pid} {2}root, 2 threads, [\\d.]+ MiB, \\d+ files, 3 sockets$`),
    );
    expect(stdout).toContain('└─ python3 ');
    expect(stdout).toContain(`tcp 127.0.0.1:${port}, listening`);
    expect(stdout).toContain(`${place}/unlinked (unlinked, carried along), at byte 7`);
    expect(stdout).toContain(`${place}/named`);
    expect(stdout).toMatch(/pipe-\d+, 6 B unread/);
    expect(stdout).toMatch(/unix stream \d+, established, peer \d+/);
    const alone = await ckpt(['show', 'x', '--processes', '--store', store]);
    expect(alone.stdout).not.toContain('listening');
    const all = await ckpt(['show', 'x', '--all', '--store', store]);
    expect(all.stdout).toContain('[heap]');
    expect(all.stdout).toContain('no mounts of its own');
    const json = await ckpt(['show', 'x', '--json', '--store', store]);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, kind: 'show', name: 'x', state: 'frozen' });
    const [root, child] = (JSON.parse(json.stdout) as Look).trees[0]?.processes ?? [];
    expect(root).toMatchObject({ pid, commandLine: [python, program, place, 'swordfish'] });
    expect(root?.threads).toHaveLength(2);
    expect(child?.parent).toBe(pid);
    expect(root?.descriptors.find(one => one.what.includes(port))).toMatchObject({ kind: 'inet-socket' });
  });

  it('shows mappings, finds bytes across pages and in shared memory, and dumps them', async () => {
    const memory = ['memory', 'x', String(pid), '--store', store];
    expect((await ckpt(memory)).stdout).toMatch(/^[0-9a-f]{12}-[0-9a-f]{12} +rw-p .* \[heap\]$/m);
    const hexadecimal = `0x${Buffer.from('swordfish-in-shared').toString('hex')}`;
    for (const [needle, text] of [
      ['swordfish-in-memory', 'swordfish-in-memory'],
      [hexadecimal, 'swordfish-in-shared'],
    ] as const) {
      const found = JSON.parse((await ckpt([...memory, '--search', needle, '--json'])).stdout).found;
      expect(found).toHaveLength(1);
      const at = found[0].address.slice(2);
      const length = text.length.toString(16);
      const dump = JSON.parse((await ckpt([...memory, '--dump', `${at}+${length}`, '--json'])).stdout);
      const dumped = dump.pieces.map((piece: { bytes: string }) =>
        Buffer.from(piece.bytes, 'hex').toString(),
      );
      expect(dumped.join('')).toBe(text);
    }
    expect((await ckpt([...memory, '--search', 'no such words anywhere'])).stdout).toBe('');
    const text = await ckpt([...memory, '--search', 'swordfish-in-memory']);
    expect(text.stdout).toContain('rw-p');
    expect(await ckpt([...memory, '--dump', '10+20'])).toMatchObject({ status: 3, stdout: '' });
  });

  it('prints for programs what docs/json.md says', async () => {
    const printed = async (...words: string[]) => {
      const { stdout } = await ckpt([...words, '--store', store, '--json']);
      const document = JSON.parse(stdout);
      expect(undocumentedIn(document), stdout.slice(0, 2000)).toEqual([]);
      return document.kind;
    };
    const kinds = [
      await printed('show', 'x'),
      await printed('memory', 'x', String(pid)),
      await printed('memory', 'x', String(pid), '--search', 'swordfish'),
      await printed('thaw', 'x', '--dry-run'),
      await printed('thaw', 'x'),
      await printed('check', String(pid)),
      await printed('graph', String(pid)),
      await printed('freeze', String(pid), '--dry-run'),
      await printed('freeze', String(pid), '--name', 'copy', '--leave-running'),
      await printed('diff', 'x', 'copy'),
      await printed('rm', 'copy', '--force'),
    ];
    expect(kinds).toEqual([
      ...[
        'show',
        'memory',
        'memory-search',
        'thaw',
        'thaw',
        'check',
        'graph',
        'freeze-plan',
        'freeze',
        'diff',
      ],
      'rm',
    ]);
  });

  it('says what is not there', async () => {
    const missing = await refusal(['memory', 'x', '1', '--store', store]);
    expect(missing).toMatchObject({ code: 'bundle-process-missing', exit: 3 });
    expect(missing.why).toContain(String(pid));
    expect(await refusal(['show', 'y', '--store', store])).toMatchObject({ code: 'bundle-missing', exit: 3 });
    for (const range of ['20-10', '10', 'x+y', '0+ffffffffff']) {
      const bad = await refusal(['memory', 'x', String(pid), '--dump', range, '--store', store]);
      expect(bad, range).toMatchObject({ code: 'bad-option-value', exit: 2 });
    }
  });

  it('lists, verifies and removes, and does not remove the only copy of a process without --force', async () => {
    const list = JSON.parse((await ckpt(['list', '--json', '--store', store])).stdout);
    expect(list).toMatchObject({
      version: 1,
      kind: 'list',
      bundles: [{ name: 'x', state: 'frozen' }],
      unreadable: [],
    });
    expect((await ckpt(['list', '--store', store])).stdout).toMatch(/^x +frozen /m);
    const verify = JSON.parse((await ckpt(['verify', 'x', '--json', '--store', store])).stdout);
    expect(verify).toMatchObject({ version: 1, kind: 'verify', bundles: [{ name: 'x', undigested: [] }] });
    expect(await refusal(['rm', 'x', '--store', store])).toMatchObject({ code: 'rm-only-copy', exit: 3 });
    expect(existsSync(join(store, 'x', 'manifest.json'))).toBe(true);
    const { runId = '' } = JSON.parse(readFileSync(join(store, 'x', 'document.json'), 'utf8')).trees[0]
      .capture;
    const lock = `CRIU-${runId.slice(0, 21)}`;
    expect(await tables()).toContain(lock);
    const [elsewhere, tools] = [await folder(), await folder()];
    cpSync(join(store, 'x'), join(elsewhere, 'x'), { recursive: true });
    writeFileSync(join(tools, 'nft'), '#!/bin/sh\necho it is broken >&2\nexit 1\n', { mode: 0o700 });
    const env = { PATH: `${tools}:${process.env.PATH}` };
    expect(await ckpt(['rm', 'x', '--force', '--store', elsewhere], { env })).toMatchObject({
      status: 0,
      stdout: 'removed x',
      stderr: expect.stringMatching(/rules still drop packets of the connections of x .*it is broken/),
    });
    expect(await tables()).toContain(lock);
    expect(await ckpt(['rm', 'x', '--force', '--store', store])).toMatchObject({
      status: 0,
      stdout: 'removed x',
    });
    expect(await tables(), 'rules for connections of nobody').not.toContain(lock);
    expect(await refusal(['rm', 'x', '--store', store])).toMatchObject({ code: 'bundle-missing', exit: 3 });
    expect(JSON.parse((await ckpt(['list', '--json', '--store', store])).stdout).bundles).toEqual([]);
  });
});

async function tables(): Promise<string> {
  return (await execa('nft', ['list', 'tables'])).stdout;
}
