import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { offeredByZsh } from '../support/offered-by-zsh.js';
import { runCli } from '../support/run-cli.js';

let folder = '';
const scripts: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ckpt-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const result = await runCli(['completion', shell]);
    expect(result.status, result.stderr).toBe(0);
    scripts[shell] = join(folder, `ckpt.${shell}`);
    writeFileSync(scripts[shell], result.stdout);
  }
  for (const name of ['db', 'web-1', '$(touch gotcha)', '.half-made'])
    mkdirSync(join(folder, 'store', name), { recursive: true });
  const systemctl = `#!/bin/sh\n[ "$1" = list-units ] || exit 1\necho 'redis.service loaded active running Key store'\necho '$(touch${'$'}{IFS}gotcha).service loaded active running no name of a unit'\n`;
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'systemctl'), systemctl, { mode: 0o755 });
  mkdirSync(join(folder, 'carried'));
  for (const name of ['away.ckpt', 'notes']) writeFileSync(join(folder, 'carried', name), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With a systemd that has one service. */
const path = (): string => `${join(folder, 'bin')}:${process.env.PATH}`;

/** What bash offers for the last word of a command line. */
function offered(...words: string[]): string[] {
  const quoted = words.map(word => `'${word}'`).join(' ');
  const script = `source '${scripts.bash}'; COMP_WORDS=(ckpt ${quoted}); COMP_CWORD=${words.length}; _ckpt; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: path(), CKPT_STORE: join(folder, 'store') },
  });
  return output.split('\n').filter(line => line !== '');
}

const visible = commands.filter(entry => entry.hidden !== true).map(entry => entry.name);

describe('bash', () => {
  test('offers the commands, and after a few letters those that begin with them', () => {
    expect(offered('').sort()).toEqual([...visible, 'help'].sort());
    expect(offered('doc')).toEqual(['doctor']);
    expect(offered('--verbose', 'doc')).toEqual(['doctor']);
    expect(offered('--store', 'doctor', 'comp')).toEqual(['completion']);
    expect(offered('help', 'comp')).toEqual(['completion']);
  });
  test('offers options, global ones too', () => {
    expect(offered('--js')).toEqual(['--json']);
    expect(offered('doctor', '--js')).toEqual(['--json']);
  });
  test('offers the words that an argument takes', () => {
    expect(offered('completion', '').sort()).toEqual(['bash', 'fish', 'zsh']);
  });
  test('offers files and folders for options that take them', () => {
    expect(offered('--criu', 'ckpt.b')).toEqual(['ckpt.bash']);
    expect(offered('--store', 'st')).toEqual(['store']);
  });
  test('offers the bundles of the store that is meant', () => {
    expect(offered('verify', '').sort()).toEqual(['db', 'web-1']);
    expect(offered('--store', `${folder}/store`, 'verify', 'w')).toEqual(['web-1']);
    expect(offered('--store', '/nowhere', 'verify', '')).toEqual([]);
  });
  test('takes a value behind "=" for one, as bash tears it off', () => {
    expect(offered('thaw', '--tcp', '=').sort()).toEqual(['close', 'established', 'refuse']);
    expect(offered('thaw', '--tcp', '=', 'est')).toEqual(['established']);
    expect(offered('--store', '=', `${folder}/store`, 'show', 'w')).toEqual(['web-1']);
    expect(offered('--store', '=', '/nowhere', 'show', '')).toEqual([]);
    expect(offered('--events', '=', 'show', 'comp')).toEqual(['completion']);
  });
  test('offers what belongs in a place: processes that run, bundles, or files', () => {
    const pids = (words: readonly string[]) => words.filter(word => /^\d+$/.test(word));
    expect(pids(offered('freeze', ''))).toContain(String(process.pid));
    expect(offered('freeze', 'd')).toEqual([]);
    expect(offered('freeze', 'red')).toEqual(['redis.service']);
    expect(offered('check', '')).toContain('redis.service');
    expect(offered('graph', 'd')).toEqual(['db']);
    expect(offered('thaw', 'car')).toEqual(['carried']);
    expect(offered('verify', 'carried/')).toEqual(['carried/away.ckpt']);
    expect(offered('convert', 'd')).toEqual(['db']);
    expect(offered('convert', 'db', '').sort()).toEqual([
      ...['bin', 'carried', 'ckpt.bash', 'ckpt.fish', 'ckpt.zsh', 'store'],
    ]);
    expect(offered('convert', '--to', 'neutral', 'd')).toEqual(['db']);
    expect(offered('memory', 'd')).toEqual(['db']);
    expect(offered('memory', 'db', '')).toEqual([]);
  });
  test('runs nothing that a folder in the store is called', () => {
    offered('verify', '');
    offered('freeze', '');
    expect(existsSync(join(folder, 'gotcha'))).toBe(false);
  });
});

const zsh = spawnSync('zsh', ['-c', 'zmodload zsh/zpty']).status === 0;
describe.skipIf(!zsh)(`zsh${zsh ? '' : ' (zsh with zsh/zpty is not installed)'}`, () => {
  const typed = (line: string) =>
    offeredByZsh(scripts.zsh ?? '', line, { PATH: path(), CKPT_STORE: join(folder, 'store') });
  test.each([
    ['ckpt thaw ', ['\\$\\(touch\\ gotcha\\)', 'db', 'web-1']],
    ['ckpt verify w', ['web-1']],
    ['ckpt --store=/nowhere verify ', []],
    ['ckpt thaw --tcp=', ['close', 'established', 'refuse']],
    ['ckpt thaw --tcp ', ['close', 'established', 'refuse']],
    ['ckpt freeze d', []],
    ['ckpt freeze red', ['redis.service']],
    ['ckpt convert db ', []],
    ['ckpt memory db ', []],
  ])('%s', (line, expected) => {
    const { words, terminal } = typed(line);
    expect(words.filter(word => !['driver', 'offered', 'done'].includes(word))).toEqual(expected);
    expect(terminal).not.toMatch(/bad option|_alternative|_arguments/);
  });
});

const fish = spawnSync('fish', ['-c', 'true']).status === 0;
test.skipIf(!fish)(
  `fish offers what a value or a place takes${fish ? '' : ' (fish is not installed)'}`,
  () => {
    const typed = (line: string): string[] => {
      const words = ['--no-config', '-c', `source ${scripts.fish}; complete -C '${line}'`];
      const env = { ...process.env, PATH: path(), CKPT_STORE: join(folder, 'store') };
      const output = execFileSync('fish', words, { cwd: folder, encoding: 'utf8', env });
      return output.split('\n').filter(one => one !== '');
    };
    expect(typed('ckpt verify w')).toEqual(['web-1']);
    expect(typed('ckpt --store=/nowhere verify ')).toEqual([]);
    expect(typed('ckpt freeze red')).toEqual(['redis.service']);
    expect(typed('ckpt verify carried/')).toEqual(['carried/away.ckpt']);
    expect(typed('ckpt freeze d')).not.toContain('db');
    expect(typed('ckpt thaw --tcp=est')).toEqual([expect.stringContaining('established')]);
  },
);

for (const shell of ['zsh', 'fish']) {
  const installed = spawnSync(shell, ['-c', 'true']).status === 0;
  test.skipIf(!installed)(
    `${shell} reads its script${installed ? '' : ` (${shell} is not installed)`}`,
    () => {
      expect(spawnSync(shell, ['-n', scripts[shell] ?? ''], { encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    },
  );
}

test('every shell hears of every command and of its options', async () => {
  const { programShape } = await import('../../scripts/man/program-shape.js');
  const shape = await programShape();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = (await runCli(['completion', shell])).stdout;
    for (const command of shape.commands) {
      expect(script).toContain(command.name);
      for (const option of command.options) {
        expect(script, `${shell}: ${command.name} ${option.long}`).toContain(option.long.replace(/^--/, ''));
      }
    }
  }
});
