import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alive, cannotFreeze, ckpt, folder, refusal } from './support.js';
import { startTied, type Tie } from './tied.js';

describe.skipIf(cannotFreeze)(`why CRIU could not${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  const cases: readonly [Tie, readonly string[], RegExp][] = [
    ['unix', [], /external socket|unix/i],
    ['inherited', [], /pipe|socket/i],
    ['tcp', ['--tcp', 'refuse'], /connected TCP socket|established/i],
  ];
  it.each(cases)(
    'is named for a %s tie to the outside, with the place of the log',
    async (tie, options, why) => {
      const store = await folder();
      const pid = await startTied(tie);
      const freeze = ['freeze', String(pid), '--store', store, '--unchecked', ...options];
      const failure = await refusal(freeze);
      expect(failure).toMatchObject({ code: 'criu-dump-failed', exit: 6 });
      expect(failure.why).toMatch(why);
      const log = /log is in (\/\S+)/.exec(failure.hint)?.[1] ?? '';
      expect(readFileSync(log, 'utf8')).toContain('Error');
      expect(alive(pid)).toBe(true);
      const verbose = await ckpt([...freeze, '--verbose']);
      expect(verbose.stderr).toContain('Error (criu/');
      expect(alive(pid)).toBe(true);
    },
  );
});
