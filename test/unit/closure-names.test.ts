import { describe, expect, it } from 'vitest';
import { bearsName } from '../../src/checkpoint/closure/bears-name.js';
import { findTargets } from '../../src/checkpoint/closure/find-targets.js';
import { resolveTargets } from '../../src/checkpoint/plan/targets.js';
import { codeOf } from './bundle-support.js';

const process = (name: string, commandLine: readonly string[] = [], program?: string) => ({
  ...{ name, commandLine, program: () => program },
});

describe('a process goes by a name', () => {
  it.each([
    ['its command name', 'redis-server', process('redis-server', ['*:6379'])],
    ['what stands before a colon', 'tmux', process('tmux: server')],
    ['what it was started as', 'nginx', process('worker', ['nginx: master process /usr/sbin/nginx'])],
    ['a path that it was started as', 'queue', process('other', ['/opt/queue'])],
    [
      'a long name, by its first word',
      'a-very-long-name',
      process('a-very-long-nam', ['/opt/a-very-long-name']),
    ],
    [
      'a long name, by its program',
      'a-very-long-name',
      process('a-very-long-nam', ['x'], '/opt/a-very-long-name'),
    ],
    [
      'a program that was replaced',
      'a-very-long-name',
      process('a-very-long-nam', [], '/a-very-long-name (deleted)'),
    ],
    ['a script', 'a-very-long-name', process('a-very-long-nam', ['/bin/sh', '-e', './a-very-long-name'])],
  ])('%s', (_, name, one) => {
    expect(bearsName(one, name)).toBe(true);
  });

  it.each([
    [
      'that only begins alike',
      'postgres-exporter',
      process('postgres-export', ['/opt/postgres-exports'], '/opt/postgres-exports'),
    ],
    ['that is empty, though its command line is, too', '', process('cleared', [''])],
    ['that is blank, though its command line is, too', ' ', process('cleared', [' '])],
  ])('but not one %s', (_, name, one) => {
    expect(bearsName(one, name)).toBe(false);
  });
});

it('a word that is empty names no process', async () => {
  for (const word of ['', ' ', '\t']) expect(await codeOf(findTargets(['1', word]))).toBe('bad-option-value');
});

it('a zombie is said to wait for its parent, and nobody is told to freeze init', () => {
  const zombie = (parent: number) => ({
    pid: 812,
    name: 'db',
    parent,
    session: 812,
    terminal: 0,
    state: 'Z' as const,
    kernelThread: false,
  });
  const refused = async (parent: number) =>
    resolveTargets([812], [zombie(parent)], { self: 5, shellJob: () => false });
  return Promise.all([
    expect(refused(1)).rejects.toMatchObject({ hint: expect.not.stringContaining('freeze 1') }),
    expect(refused(700)).rejects.toMatchObject({ hint: expect.stringContaining('ckpt freeze 700') }),
  ]);
});

it('who works in a tmux or screen is told how to leave it, to freeze it from outside', async () => {
  const above = (name: string) => ({
    ...{ pid: 812, name, parent: 1, session: 812, terminal: 0, state: 'S' as const, kernelThread: false },
  });
  const ckpt = { ...above('ckpt'), pid: 900, parent: 812 };
  const refused = async (name: string) =>
    resolveTargets([812], [above(name), ckpt], { self: 900, shellJob: () => false });
  await expect(refused('tmux: server')).rejects.toMatchObject({ hint: expect.stringContaining('Ctrl-b d') });
  await expect(refused('screen')).rejects.toMatchObject({ hint: expect.stringContaining('Ctrl-a d') });
  await expect(refused('bash')).rejects.toMatchObject({ hint: expect.stringContaining('another login') });
});

it('who leads a session outside says what helps: a tmux above, the end of a login, or the leader itself', async () => {
  const one = (
    pid: number,
    parent: number,
    more: { name?: string; terminal?: number; session?: number },
  ) => ({
    ...{
      pid,
      parent,
      name: `p${pid}`,
      session: pid,
      terminal: 0,
      state: 'S' as const,
      kernelThread: false,
      ...more,
    },
  });
  const hint = async (leader: { parent?: number; terminal?: number }) =>
    resolveTargets(
      [30],
      [
        one(10, 1, { name: 'tmux: server' }),
        one(20, leader.parent ?? 1, { name: 'bash', ...leader }),
        one(30, 20, { session: 20, terminal: leader.terminal ?? 0 }),
      ],
      { self: 5, shellJob: () => false },
    );
  const says = (text: string) => ({ code: 'target-foreign-session', hint: expect.stringContaining(text) });
  await expect(hint({ parent: 10, terminal: 0x8801 })).rejects.toMatchObject(says('ckpt freeze 10'));
  await expect(hint({ terminal: 0x8801 })).rejects.toMatchObject(says('end the login'));
  await expect(hint({})).rejects.toMatchObject(says('ckpt freeze 20'));
});
