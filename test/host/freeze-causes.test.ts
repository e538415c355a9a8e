import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { criuFromToolbox } from '../../scripts/toolbox/index.js';
import { freezeCases } from './causes/freeze-cases.js';
import { keepLog } from './causes/keep-log.js';
import { alive, cannotFreeze, ckpt, folder, refusal } from './support.js';
import { startTied } from './tied.js';
import { startCreature } from './zoo/keeper.js';

/** What /proc says of a process: a letter. `t` would be one that CRIU left stopped. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
}

describe.skipIf(cannotFreeze)(`why CRIU could not freeze${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.each(freezeCases)('$code: $creature', async one => {
    const store = await folder();
    const creature = await startCreature(one.creature);
    try {
      const before = creature.target.map(stateOf);
      const command = [
        'freeze',
        '--unchecked',
        ...creature.target.map(String),
        '--store',
        store,
        ...(one.options ?? []),
      ];
      const env = one.criu === undefined ? {} : { CKPT_CRIU: await criuFromToolbox(one.criu) };
      const failure = await refusal(command, { env });
      expect(failure, `${failure.message}\n${failure.why}`).toMatchObject({ code: one.code });
      expect(failure.log.join('\n')).toContain(failure.facts.line);
      expect([...creature.target, ...creature.roles.keys()]).toContain(failure.facts.pid);
      expect(creature.target.map(stateOf)).toEqual(before);
      keepLog(`freeze-${one.code.replace('criu-', '')}`, String(failure.facts.log), {
        criu: one.criu ?? '4.2.1',
        action: 'dump',
        code: one.code,
        command: `ckpt freeze --unchecked ${['PID', ...(one.options ?? [])].join(' ')} (creature ${one.creature})`,
      });
    } finally {
      await creature.end();
    }
  });

  it('is shown with the lines around it when --verbose asks, and the log stays', async () => {
    const store = await folder();
    const pid = await startTied('unix');
    const verbose = await ckpt(['freeze', '--unchecked', String(pid), '--store', store, '--verbose']);
    expect(verbose.stderr).toContain('Error (criu/');
    const log = /whole log: +(\/\S+)/.exec(verbose.stderr)?.[1] ?? '';
    expect(readFileSync(log, 'utf8')).toContain('External socket is used');
    expect(alive(pid)).toBe(true);
  });
});
