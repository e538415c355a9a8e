import { describe, expect, it } from 'vitest';
import { RULES, type TreeFacts } from '../../src/checkpoint/check/index.js';

const TTY = 0x8801;
/** What bash and zsh ignore, and what sleep does. */
const JOB_CONTROL = 0x384004;

/** A tree of one session, led by 10. */
function tree(
  ...tasks: readonly { pid: number; name: string; ignoredSignals?: number; terminal?: number }[]
) {
  const processes = tasks.map(one => [
    one.pid,
    { task: { session: 10, terminal: TTY, ignoredSignals: 0, ...one } },
  ]);
  return { members: tasks.map(one => one.pid), processes: new Map(processes as []) } as unknown as TreeFacts;
}

const found = (id: string, facts: TreeFacts): readonly number[] =>
  RULES.find(rule => rule.id === id)
    ?.find(facts)
    .map(({ pid }) => pid) ?? [];

describe('what stays without its terminal', () => {
  const leader = { pid: 10, name: 'bash', ignoredSignals: JOB_CONTROL };
  const inner = { pid: 11, name: 'bash', ignoredSignals: JOB_CONTROL };

  it('is a loss of a shell within a shell', () => {
    expect(found('shell-within-shell', tree(leader, inner))).toEqual([11]);
    expect(found('terminal-by-its-leader', tree(leader, inner))).toEqual([]);
  });
  it('is worth a note of other programs, and of shells that run a script', () => {
    const facts = tree(leader, { pid: 12, name: 'bash' }, { pid: 13, name: 'sleep' });
    expect(found('terminal-by-its-leader', facts)).toEqual([12, 13]);
    expect(found('shell-within-shell', facts)).toEqual([]);
  });
  it('is nothing where there is no terminal, or its leader is outside (--shell-job)', () => {
    for (const facts of [tree(leader, { ...inner, terminal: 0 }), tree(inner)])
      for (const id of ['shell-within-shell', 'terminal-by-its-leader']) expect(found(id, facts)).toEqual([]);
  });
});
