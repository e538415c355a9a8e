import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeDump } from '../unit/fuzz-support.js';

const root = join(import.meta.dirname, '..', '..');
const argv = [join(root, 'dist', 'cli', 'main.js')];
const limit = 60_000;

/** Runs `ckpt` as a process of its own, as `npm run build` makes it: other tests run the executable. */
function ckpt(...words: string[]) {
  return spawnSync(process.execPath, [...argv, ...words], { cwd: root, encoding: 'utf8', timeout: limit });
}

test('data goes to stdout, failures to stderr, and the status says which it was', () => {
  expect(ckpt('--version')).toMatchObject({ status: 0, stderr: '' });
  const failed = ckpt('defrost');
  expect(failed).toMatchObject({ status: 2, stdout: '' });
  expect(failed.stderr).toContain('defrost');
});

describe('a reader that goes away', () => {
  test('before the first byte: the work is done all the same, without a word', async () => {
    const child = spawn(process.execPath, [...argv, 'completion', 'bash'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limit,
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    const status = await new Promise(resolve => child.once('close', resolve));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('after the first line, as in `ckpt … | head -1`', () => {
    const line = execFileSync(
      'bash',
      ['-o', 'pipefail', '-c', '"$@" | head -1', 'bash', process.execPath, ...argv, 'completion', 'fish'],
      {
        cwd: root,
        encoding: 'utf8',
        timeout: limit,
      },
    );
    expect(line).toMatch(/^# fish completion/);
  });
});

test('output that cannot be written is told of, and what was done with it', () => {
  const words = ['-c', '"$@" >/dev/full', 'bash', process.execPath, ...argv];
  const ran = (...more: string[]) =>
    spawnSync('bash', [...words, ...more], { cwd: root, encoding: 'utf8', timeout: limit });
  const done = ran('completion', 'fish');
  expect(done.status).toBe(7);
  expect(done.stderr).toContain('could be written to standard output');
  expect(done.stderr).toContain('ENOSPC');
  expect(done.stderr).toContain('ckpt has done its work');
  expect(ran('defrost', '--json').status).toBe(2);
});

test('where the current folder is gone, only what begins in it fails, in plain words', () => {
  const words = ['-c', 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$@"', 'bash', process.execPath, ...argv];
  const ran = (...more: string[]) =>
    spawnSync('bash', [...words, ...more], { encoding: 'utf8', timeout: limit });
  expect(ran('list', '--store', import.meta.dirname)).toMatchObject({ status: 0 });
  const failed = ran('list', '--store', 'nowhere');
  expect(failed.status).toBe(2);
  expect(failed.stderr).toContain('the current folder is gone');
});

test('a slow reader gets all of it', () => {
  const whole = ckpt('completion', 'fish').stdout;
  const result = spawnSync(
    'bash',
    [
      '-c',
      'set -o pipefail; "$@" | (sleep 1.5; cat)',
      'bash',
      process.execPath,
      ...argv,
      'completion',
      'fish',
    ],
    { cwd: root, encoding: 'utf8', timeout: limit },
  );
  expect(result.status).toBe(0);
  expect(result.stdout).toBe(whole);
});

test('events go to a descriptor that the caller passed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ckpt-events-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'dump'));
  writeDump('4.2.1/sysv-ipc', join(folder, 'dump'));
  const store = ['--store', join(folder, 'store')];
  expect(ckpt('import', join(folder, 'dump'), '--name', 'it', ...store)).toMatchObject({ status: 0 });
  const result = spawnSync(
    'bash',
    ['-c', '"$@" --events=3 3>&1 >/dev/null', 'bash', process.execPath, ...argv, 'verify', 'it', ...store],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: limit,
    },
  );
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const events: unknown[] = result.stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'progress', operation: 'verify', what: 'it' }),
  );
});

test('colours and progress appear on a terminal only', () => {
  const words = [process.execPath, ...argv, 'doctor'].map(word => `'${word}'`).join(' ');
  const run = (env: Record<string, string>) =>
    spawnSync('script', ['-qec', words, '/dev/null'], {
      cwd: root,
      encoding: 'utf8',
      timeout: limit,
      env: { ...process.env, ...env },
    });
  expect(run({ TERM: 'xterm' }).stdout).toContain('\u001b[1m');
  expect(run({ TERM: 'xterm', NO_COLOR: '1' }).stdout).not.toContain('\u001b[');
  expect(ckpt('doctor').stdout).not.toContain('\u001b');
});

test('on a terminal progress says what goes on, and is taken away before the result', () => {
  const entry = join(root, 'test', 'support', 'show-progress.ts');
  const result = spawnSync('script', ['-qec', `'${process.execPath}' --import tsx '${entry}'`, '/dev/null'], {
    cwd: root,
    encoding: 'utf8',
    timeout: limit,
    env: { ...process.env, TERM: 'xterm' },
  });
  expect(result.stdout).toContain('freeze: dumping');
  expect(result.stdout.replaceAll('\r\n', '\n').endsWith('\r\u001b[2Kdone\n')).toBe(true);
});
