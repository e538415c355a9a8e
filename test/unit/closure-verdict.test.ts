import { describe, expect, it } from 'vitest';
import {
  DEFAULTS,
  judge,
  RULES,
  type Rule,
  type TreeFacts,
  VERDICT_STATUS,
  worst,
} from '../../src/checkpoint/check/index.js';
import { within } from '../../src/checkpoint/check/within.js';

const facts = (kernel: string | undefined, criu: string | undefined): TreeFacts =>
  ({
    root: 10,
    members: [10],
    snapshot: { processes: new Map(), unknown: [] },
    ties: [],
    processes: new Map(),
    platform: { freeze: { kernel, criu }, thaw: { kernel, criu } },
    options: { ...DEFAULTS, ghostLimit: 0 },
    own: { uid: 0, capSysResource: true, ancestors: [] },
  }) as unknown as TreeFacts;

const rule = (severity: Rule['severity'], at?: Rule['at']): Rule => ({
  id: severity,
  looksFor: 'anything',
  severity,
  why: 'because',
  remedy: '',
  ...(at === undefined ? {} : { at }),
  find: () => [{ pid: 10, what: 'it' }],
});

describe('verdicts', () => {
  it('follow the worst finding', () => {
    const verdict = (...severities: Rule['severity'][]) =>
      judge(
        facts('6.18', '4.2'),
        severities.map(one => rule(one)),
      ).verdict;
    expect(verdict()).toBe('can');
    expect(verdict('note')).toBe('can');
    expect(verdict('note', 'loss')).toBe('can-with-losses');
    expect(verdict('loss', 'unknown')).toBe('cannot-know');
    expect(verdict('unknown', 'cannot', 'loss')).toBe('cannot');
  });

  it('of several trees are the worst, each with a status of its own', () => {
    expect(worst(['can', 'can-with-losses', 'cannot-know'])).toBe('cannot-know');
    expect(worst([])).toBe('can');
    expect(VERDICT_STATUS).toEqual({ can: 0, cannot: 3, 'can-with-losses': 8, 'cannot-know': 9 });
  });

  it('never are "can" where a version that decides is not known', () => {
    const bound = rule('cannot', { side: 'freeze', criu: { below: '4.2' }, kernel: { least: '6.16' } });
    expect(judge(facts('6.18', '4.1.1'), [bound]).verdict).toBe('cannot');
    expect(judge(facts('6.18', '4.2'), [bound]).verdict).toBe('can');
    expect(judge(facts('6.12', '4.1.1'), [bound]).verdict).toBe('can');
    expect(judge(facts('6.18', undefined), [bound]).verdict).toBe('cannot-know');
    expect(judge(facts('6.12', undefined), [bound]).verdict).toBe('can');
  });
});

describe('the table of rules', () => {
  it('has every id once, and words for each', () => {
    expect(new Set(RULES.map(one => one.id)).size).toBe(RULES.length);
    for (const one of RULES) {
      expect(one.why, one.id).toMatch(/[.]$/);
      expect(one.remedy, one.id).not.toMatch(/[.]$/);
      if (one.severity === 'cannot') expect(one.remedy, one.id).not.toBe('');
    }
  });
});

it('a file that never had a name is noted, and one that was deleted is not', () => {
  const file = (fd: number, flags: number) => ({ fd, flags, names: 0, target: '/var/tmp/#42 (deleted)' });
  const process = { task: { pid: 10 }, files: [file(3, 0o22300002), file(4, 0o2100002)] };
  const seen = { ...facts('6.18', '4.2'), processes: new Map([[10, process]]) } as unknown as TreeFacts;
  const [found, ...others] = RULES.filter(({ id }) => id === 'never-named').flatMap(one => one.find(seen));
  expect(found).toMatchObject({ pid: 10, what: expect.stringContaining('/var/tmp/#42') });
  expect(others).toEqual([]);
});

describe('version ranges', () => {
  it.each([
    ['4.1.1', { below: '4.2' }, 'yes'],
    ['4.2', { below: '4.2' }, 'no'],
    ['6.16', { least: '6.16' }, 'yes'],
    ['6.9.1', { least: '6.16' }, 'no'],
    [undefined, { least: '6.16' }, 'maybe'],
    [undefined, undefined, 'yes'],
  ] as const)('%s in %o: %s', (version, range, answer) => {
    expect(within(version, range)).toBe(answer);
  });
});
