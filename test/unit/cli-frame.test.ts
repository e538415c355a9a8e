import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { pinEvents } from '../../src/cli/frame/argv.js';
import { examplesOf } from '../../src/cli/frame/examples.js';
import { createIo } from '../../src/cli/frame/io.js';
import { buildProgram } from '../../src/cli/frame/program.js';
import { version } from '../../src/version.js';
import { runCli } from '../support/run-cli.js';

const silent = { write: () => {}, isTty: false, columns: undefined };
const silentIo = () => createIo({ out: silent, err: silent, env: {} });

test('the version is the one in package.json', async () => {
  const text = await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
  expect((JSON.parse(text) as { version: string }).version).toBe(version);
  const result = await runCli(['--version']);
  expect(result).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

describe('bad command lines end with status 2, three lines on stderr and nothing on stdout', () => {
  const cases: readonly (readonly [argv: string[], what: RegExp, hint: RegExp])[] = [
    [[], /no command given/, /--help/],
    [['doctr'], /no command "doctr"/, /did you mean doctor\?/],
    [['restore'], /no command "restore"/, /did you mean thaw\?/],
    [['version'], /no command "version"/, /did you mean --version\?/],
    [['help', 'doctr'], /no command "doctr"/, /did you mean doctor\?/],
    [['graph', '1', '--dot', '--svg'], /cannot be used together/, /leave one/],
    [['memory', 'db', '1', '--dump', '1+1', '--search', 'x'], /cannot be used together/, /leave one/],
    [['memory', 'db', '1', '--search', '0xzz'], /--search cannot be "0xzz"/, /correct/],
    [['memory', 'db', '1', '--search', '0x123'], /--search cannot be "0x123"/, /correct/],
    [['convert', 'db', 'x', '--to', 'criu:99'], /--to cannot be "criu:99"/, /correct/],
    [['doctor', '--jsn'], /has no option --jsn/, /did you mean --json\?/],
    [['--bogus'], /has no option --bogus/, /ckpt --help/],
    [['doctor', 'extra'], /too many words/, /ckpt doctor --help/],
    [['doctor', '--store'], /--store <dir> needs a value/, /help/],
    [['doctor', '--events=/no/such/folder/x'], /events cannot be written/, /--events=FILE/],
    [['doctor', '--store', ''], /--store cannot be "\(nothing\)"/, /correct/],
    [['doctor', '--criu='], /--criu cannot be "\(nothing\)"/, /correct/],
    [['freeze', '1', '--out', ''], /--out cannot be "\(nothing\)"/, /correct/],
    [['freeze', '1', '--out', 'db'], /--out cannot be "db"/, /correct/],
    [['guard', '--install-hook', ''], /--install-hook cannot be "\(nothing\)"/, /correct/],
    [['import', ''], /<dir> cannot be "\(nothing\)"/, /correct/],
    [['convert', 'db', '', '--to', 'neutral'], /<destination> cannot be "\(nothing\)"/, /correct/],
    [['diff', '', 'db'], /<a> cannot be "\(nothing\)"/, /correct/],
    [['doctor', '--events=987'], /events cannot be written to 987/, /--events=FILE/],
  ];
  test.each(cases)('%j', async (argv, what, hint) => {
    const result = await runCli(argv);
    const lines = result.stderr.trimEnd().split('\n');
    expect(result.status).toBe(2);
    expect(result.stdout).toBe('');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^ckpt: /);
    expect(lines[0]).toMatch(what);
    expect(lines[1]).toMatch(/^ {2}why: \S/);
    expect(lines[2]).toMatch(/^ {2}do: {2}\S/);
    expect(lines[2]).toMatch(hint);
  });

  test('with --json as an object on stdout, even when the options could not be parsed', async () => {
    const result = await runCli(['doctor', '--nothing', '--json']);
    expect(result.status).toBe(2);
    expect(result.stderr).toBe('');
    expect(result.json()).toMatchObject({
      version: 1,
      kind: 'error',
      error: { code: 'unknown-option', exit: 2 },
    });
  });

  test('with --no-color without colours on a terminal', async () => {
    const words = async (...more: string[]) =>
      (await runCli(['doctor', '--nothing', ...more], { isTty: true, columns: 80 })).stderr;
    expect(await words()).toContain('\u001b[31m');
    expect(await words('--no-color')).not.toContain('\u001b[3');
  });

  test('a word after -- is no option of ours', async () => {
    const result = await runCli(['doctor', '--', '--json']);
    expect(result.status).toBe(2);
    expect(result.stdout).toBe('');
  });
});

describe('help', () => {
  test('is data: on stdout, with status 0, and begins with examples', async () => {
    const result = await runCli(['--help']);
    expect(result.status).toBe(0);
    expect(result.stderr).toBe('');
    expect(result.stdout).toMatch(/^Examples:\n {2}ckpt /);
    for (const entry of commands.filter(one => one.hidden !== true)) {
      expect(result.stdout).toContain(`  ${entry.name}`);
    }
  });

  test('of every command begins with examples that call it', async () => {
    const program = await buildProgram(silentIo(), () => true);
    for (const command of program.commands) {
      const list = examplesOf(command);
      expect(list.length, command.name()).toBeGreaterThan(0);
      for (const [line] of list) expect(line).toContain(`ckpt ${command.name()}`);
      expect(command.description(), command.name()).not.toBe('');
    }
  });

  test('of memory has an example with as many bytes as it says: lengths are hexadecimal', async () => {
    const [, length, said] =
      /\+([0-9a-f]+) +(\d+) bytes/.exec((await runCli(['memory', '--help'])).stdout) ?? [];
    expect(Number.parseInt(length ?? '', 16)).toBe(Number(said));
  });

  test('`ckpt help doctor` and `ckpt doctor --help` are the same', async () => {
    const one = await runCli(['help', 'doctor']);
    const other = await runCli(['doctor', '--help']);
    expect(one).toMatchObject({ status: 0, stdout: other.stdout });
    expect(one.stdout).toContain('--store');
  });

  test('has no colours off a terminal', async () => {
    const result = await runCli(['--help']);
    expect(result.stdout).not.toContain('\u001b');
  });
});

test('a bare --events takes no word from the command line, and -- ends the options', () => {
  expect(pinEvents(['freeze', '--events', '4711'])).toEqual(['freeze', '--events=stderr', '4711']);
  expect(pinEvents(['freeze', '--', '--events'])).toEqual(['freeze', '--', '--events']);
});

test('commands that are not called are not loaded', async () => {
  const loaded: string[] = [];
  const program = await buildProgram(silentIo(), entry => {
    loaded.push(entry.name);
    return false;
  });
  expect(program).toBeInstanceOf(Command);
  expect(loaded).toEqual(commands.map(entry => entry.name));
  expect(program.commands.every(command => command.options.length === 0)).toBe(true);
});
