import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
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
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers for the last word of a command line. */
function offered(...words: string[]): string[] {
  const quoted = words.map(word => `'${word}'`).join(' ');
  const script = `source '${scripts.bash}'; COMP_WORDS=(ckpt ${quoted}); COMP_CWORD=${words.length}; _ckpt; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CKPT_STORE: join(folder, 'store') },
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
  test('runs nothing that a folder in the store is called', () => {
    offered('verify', '');
    expect(existsSync(join(folder, 'gotcha'))).toBe(false);
  });
});

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
