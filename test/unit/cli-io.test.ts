import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createIo } from '../../src/cli/frame/io.js';
import { attachListeners } from '../../src/cli/frame/listeners.js';
import { asFailure, failureJson, failureText } from '../../src/cli/render/failure.js';
import type { Sink } from '../../src/cli/render/sink.js';
import { styleFor } from '../../src/cli/render/style.js';
import { fail } from '../../src/errors.js';

function sink(isTty: boolean): Sink & { text: () => string } {
  let all = '';
  return {
    write: text => {
      all += text;
    },
    isTty,
    columns: isTty ? 40 : undefined,
    text: () => all,
  };
}

function made(
  options: { tty?: boolean; env?: Record<string, string>; global?: Record<string, unknown> } = {},
) {
  const out = sink(options.tty ?? false);
  const err = sink(options.tty ?? false);
  const io = createIo({ out, err, env: options.env ?? {} });
  io.configure(options.global ?? {});
  return { io, out, err };
}

const stage = { type: 'stage', operation: 'freeze', stage: 'dumping', at: 12.4 } as const;

describe('colours', () => {
  test.each([
    [{ tty: true }, true],
    [{ tty: false }, false],
    [{ tty: true, env: { NO_COLOR: '1' } }, false],
    [{ tty: true, env: { NO_COLOR: '' } }, true],
    [{ tty: true, env: { TERM: 'dumb' } }, false],
    [{ tty: true, global: { color: false } }, false],
  ])('%j → %s', (options, expected) => {
    const { io } = made(options);
    expect(io.colour).toBe(expected);
    expect(io.style.red('x') !== 'x').toBe(expected);
  });
});

describe('global options', () => {
  test('the command line wins over the environment, the environment over the default', () => {
    expect(made().io.globals).toMatchObject({ store: '/var/lib/ckpt', criu: undefined });
    const env = { CKPT_STORE: '/env', CKPT_CRIU: '/env/criu' };
    expect(made({ env }).io.globals).toMatchObject({ store: '/env', criu: undefined });
    expect(made({ env, global: { store: '/opt', criu: '/opt/criu' } }).io.globals).toMatchObject({
      store: '/opt',
      criu: '/opt/criu',
    });
    expect(made({ env: { CKPT_STORE: '', CKPT_CRIU: '' } }).io.globals).toMatchObject({
      store: '/var/lib/ckpt',
      criu: undefined,
    });
  });
});

test('JSON has its version first and big integers as decimal strings', () => {
  const { io, out } = made();
  io.json({ kind: 'list', bytes: 2n ** 63n });
  expect(out.text()).toBe('{\n  "version": 1,\n  "kind": "list",\n  "bytes": "9223372036854775808"\n}\n');
});

describe('events', () => {
  test('off a terminal nothing is drawn; a warning is a line', () => {
    const { io, err, out } = made();
    attachListeners(io, err);
    io.emit(stage);
    expect(err.text()).toBe('');
    io.emit({ type: 'warning', operation: 'freeze', message: 'low \u001b[2J space' });
    expect(err.text()).toBe('ckpt: warning: low \\x1b[2J space\n');
    expect(out.text()).toBe('');
  });

  test('on a terminal the first event is drawn at once, and taken away before other text', () => {
    const { io, err, out } = made({ tty: true });
    attachListeners(io, err);
    io.emit(stage);
    expect(err.text()).toContain('freeze: dumping');
    io.out('frozen');
    expect(err.text().endsWith('\r\u001b[2K')).toBe(true);
    expect(out.text()).toBe('frozen\n');
    io.end();
  });

  test('--events writes one JSON object a line to stderr, and no progress beside them', () => {
    const { io, err } = made({ tty: true, global: { events: 'stderr' } });
    attachListeners(io, err);
    io.emit(stage);
    io.emit({ type: 'warning', operation: 'freeze', message: 'x' });
    expect(
      err
        .text()
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual([stage, { type: 'warning', operation: 'freeze', message: 'x' }]);
  });

  test('--events=FILE appends to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ckpt-events-'));
    try {
      const file = join(folder, 'events');
      const { io, err } = made({ global: { events: file } });
      attachListeners(io, err);
      io.emit(stage);
      io.emit(stage);
      expect(
        (await readFile(file, 'utf8'))
          .trimEnd()
          .split('\n')
          .map(line => JSON.parse(line)),
      ).toEqual([stage, stage]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('failures', () => {
  const style = styleFor(false);

  test('with --verbose the log around the cause and where all of it lies', () => {
    const error = fail(
      'criu-not-found',
      { places: 'PATH', logFile: '/tmp/x.log' },
      { log: ['log line one', 'two\u0007'] },
    );
    const brief = failureText(error, { verbose: false, style, elsewhere: undefined });
    expect(brief).not.toContain('log line one');
    const verbose = failureText(error, { verbose: true, style, elsewhere: undefined });
    expect(verbose).toContain('    log line one\n    two\\x07\n  whole log: /tmp/x.log');
    expect(failureJson(error, undefined).error).toMatchObject({
      code: 'criu-not-found',
      exit: 7,
      log: ['log line one', 'two\u0007'],
    });
  });

  test('what nobody foresaw is a bug of ours, with its stack under --verbose', () => {
    const error = asFailure(new TypeError('x is not a function\nsecond line'));
    expect(error).toMatchObject({ code: 'bug', exit: 1 });
    expect(failureText(error, { verbose: false, style, elsewhere: undefined }).split('\n')).toHaveLength(3);
    expect(failureText(error, { verbose: true, style, elsewhere: undefined })).toContain('cli-io.test.ts');
    expect(asFailure('thrown text').message).toContain('thrown text');
  });

  test('what the system refuses is no bug of ours', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(asFailure(full)).toMatchObject({
      code: 'system-refused',
      exit: 7,
      message: 'the system refused: writing',
    });
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'mkdir', path: '/x' });
    expect(asFailure(denied).message).toBe('the system refused: making /x');
    const absent = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open', path: '/x' });
    expect(asFailure(absent).code).toBe('bug');
  });

  test('what it tells to type names the store that it is about', () => {
    const error = fail('rm-only-copy', { name: 'db' });
    const hint =
      "thaw it with ckpt thaw --store '/mnt/a b' db, or give its processes up with: ckpt rm --store '/mnt/a b' db --force";
    expect(failureText(error, { verbose: false, style, elsewhere: '/mnt/a b' })).toContain(hint);
    expect(failureJson(error, '/mnt/a b').error.hint).toBe(hint);
    expect(failureJson(error, undefined).error.hint).not.toContain('--store');
    const named = fail('bundle-elsewhere', { path: '/x/db', store: '/y', name: 'db', place: '/x' });
    expect(failureJson(named, '/y').error.hint).toBe('name its store: ckpt thaw db --store /x');
  });

  test('a ring of causes ends', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    const text = failureText(fail('criu-not-found', { places: '' }, { cause: ring }), {
      verbose: true,
      style,
      elsewhere: undefined,
    });
    expect(text.split('\n').length).toBeLessThan(20);
  });
});
