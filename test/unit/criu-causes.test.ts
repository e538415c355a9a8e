import { describe, expect, it } from 'vitest';
import { type FailureCode, failures } from '../../src/errors.js';
import { causeRules } from '../../src/host/criu/causes/index.js';
import { echoes, harmless } from '../../src/host/criu/causes/no-answers.js';
import { matchingRules, readLog } from '../../src/host/criu/log.js';
import { freezeCases } from '../host/causes/freeze-cases.js';
import { thawCases } from '../host/causes/thaw-cases.js';
import { keptLogs } from './criu-logs.js';

const logs = keptLogs();
const provoked = new Set<FailureCode>([...freezeCases, ...thawCases].map(({ code }) => code));

/** The rule that gave the answer for a log, found by the line that it was taken from. */
function answering(log: (typeof logs)[number]) {
  const { line = '' } = readLog(log.text, log.origin);
  return matchingRules(line, log.origin)[0];
}

describe("the logs of CRIU's real failures", () => {
  it.each(logs)('$name is $code', ({ text, origin, code }) => {
    const finding = readLog(text, origin);
    expect(finding.known?.code, finding.line).toBe(code);
    expect(finding.excerpt.join('\n')).toContain(finding.line);
  });

  it.each(logs)('$name: no line is known to two rules', ({ text, origin }) => {
    for (const line of text.split('\n')) {
      expect(matchingRules(line, origin).map(rule => String(rule.says)).length, line).toBeLessThanOrEqual(1);
    }
  });
});

describe('the rules about CRIU failing', () => {
  it.each(causeRules.map(rule => [String(rule.says), rule] as const))('%s', (_, rule) => {
    const ofLogs = logs.filter(log => answering(log) === rule);
    if (rule.proof === 'none') expect(ofLogs.map(({ name }) => name)).toEqual([]);
    else expect(ofLogs.length, 'logs that it answers').toBeGreaterThan(0);
    expect(provoked.has(rule.code), 'a host test provokes it').toBe(
      causeRules.some(({ code, proof }) => code === rule.code && proof === 'provoked'),
    );
  });

  it.each([...new Set(causeRules.map(({ code }) => code))])(
    '%s names only what each of its rules knows',
    code => {
      const row = failures[code];
      const holes = [row.what, row.why, row.hint].flatMap(text =>
        [...text.matchAll(/\{(\w+)\}/g)].map(([, hole = '']) => hole),
      );
      const always = ['pid', 'name', 'root', 'log', 'criu', 'version'];
      for (const rule of causeRules.filter(one => one.code === code)) {
        const groups = [...rule.says.source.matchAll(/\(\?<(\w+)>/g)].map(([, group = '']) => group);
        const given = [...always, ...groups, ...(rule.during === 'restore' ? ['bundle'] : [])];
        expect(holes.filter(hole => !given.includes(hole))).toEqual([]);
      }
    },
  );

  it.each([...harmless, ...echoes])('know "$such" for no answer', ({ says, such }) => {
    expect(such).toMatch(says);
  });

  it('never take a line that says nothing for the answer', () => {
    for (const { text, origin } of logs) {
      for (const line of text.split('\n').filter(one => /Error \(/.test(one))) {
        const said = line.replace(/^.*?Error \([^)]*\): /, '');
        const isNoAnswer = [...harmless, ...echoes].some(({ says }) => says.test(said));
        const rules = matchingRules(said, origin).filter(({ yieldsTo }) => yieldsTo !== 'errors');
        if (isNoAnswer) expect(rules).toEqual([]);
      }
    }
  });
});

describe('of several lines that rules know', () => {
  const codesIn = (name: string) => {
    const { text, origin, code } = logs.find(log => log.name === name) ?? {
      text: '',
      code: '',
      origin: undefined,
    };
    if (origin === undefined) throw new Error(`there is no ${name}`);
    const known = text.split('\n').flatMap(line => matchingRules(line.replace(/^.*?\(\S+\): /, ''), origin));
    return { code, known: [...new Set(known.map(rule => rule.code))] };
  };

  it.each([
    ['freeze-own-tree.log', ['criu-traced', 'criu-own-tree'], 'criu-own-tree'],
    ['freeze-io-uring.log', ['criu-io-uring', 'criu-descriptors-kept'], 'criu-io-uring'],
    ['freeze-loopback-down.log', ['criu-loopback-down', 'criu-kernel-probe'], 'criu-loopback-down'],
  ])('in %s the cause is taken, not what can be its consequence', (name, known, code) => {
    expect(codesIn(name)).toEqual({ code, known });
  });
});

describe('a log that no rule knows', () => {
  const origin = { action: 'dump', criu: '4.2.1' } as const;

  it('gives its first error that is neither harmless nor an echo', () => {
    const log = [
      "Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted",
      'Error (criu/new.c:1): Something new went wrong',
      'Error (criu/cr-dump.c:1545): Dump files (pid: 71) failed with -1',
      'Error (criu/cr-dump.c:1975): Dumping FAILED.',
    ].join('\n');
    const finding = readLog(log, origin);
    expect(finding).toMatchObject({ line: 'Something new went wrong', pid: 71, known: undefined });
    expect(finding.excerpt).toHaveLength(4);
  });

  it('prefers an error that it does not know to a line that every failure can have', () => {
    const killed = 'Error (criu/cr-restore.c:1262): 71 killed by signal 9: Killed';
    const unknown = '  71: Error (criu/new.c:1): Something new went wrong';
    const thawing = { action: 'restore', criu: '4.2.1' } as const;
    expect(readLog(killed, thawing)).toMatchObject({ pid: 71, known: { code: 'criu-killed' } });
    expect(readLog(`${unknown}\n${killed}`, thawing)).toMatchObject({ pid: 71, known: undefined });
  });

  it('gives an echo where there is nothing better, and nothing for the last line alone', () => {
    const last = 'Error (criu/cr-dump.c:1975): Dumping FAILED.';
    const echo = 'Error (criu/cr-dump.c:1545): Dump files (pid: 71) failed with -1';
    expect(readLog(`${echo}\n${last}`, origin)).toMatchObject({
      line: 'Dump files (pid: 71) failed with -1',
      pid: 71,
    });
    expect(readLog(last, origin).line).toBeUndefined();
    expect(readLog('', origin)).toMatchObject({ line: undefined, excerpt: [] });
  });
});
