import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { criuFromToolbox } from '../../scripts/toolbox/index.js';
import { freezeCases } from './causes/freeze-cases.js';
import { keepLog } from './causes/keep-log.js';
import { alive, cannotFreeze, ckpt, folder, refusal } from './support.js';
import { startTied } from './tied.js';
import { inPlainMounts, startCreature } from './zoo/keeper.js';

const afterKill = join(import.meta.dirname, 'programs', 'criu-after-kill.sh');

/** Whether a process stands still: one that CRIU left so is in state t or T. */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return /^[tT]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

describe.skipIf(cannotFreeze)(`why CRIU could not freeze${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.for(freezeCases)('$code: $creature', async (one, { skip }) => {
    if (one.skip !== undefined) skip(one.skip);
    const store = await folder();
    // CRIU in mounts of its own takes those of the machine for the tree's, and looks at each.
    const creature = await startCreature(one.creature, one.inside && inPlainMounts);
    try {
      const before = creature.target.map(isStopped);
      const command = [
        'freeze',
        '--unchecked',
        ...creature.target.map(String),
        '--store',
        store,
        ...(one.options ?? []),
      ];
      const real = await criuFromToolbox(one.criu ?? '4.2.1');
      const env = one.killed ? { CKPT_CRIU: afterKill, REAL: real } : { CKPT_CRIU: real };
      const failure = await refusal(command, { env, ...(one.inside && { inside: one.inside }) });
      expect(failure, `${failure.message}\n${failure.why}`).toMatchObject({ code: one.code });
      expect(failure.log.join('\n')).toContain(failure.facts.line);
      expect([...creature.target, ...creature.roles.keys()]).toContain(failure.facts.pid);
      if (!one.killed && !one.restless) expect(creature.target.map(isStopped)).toEqual(before);
      keepLog(`freeze-${one.code.replace('criu-', '')}`, String(failure.facts.log), {
        criu: one.criu ?? '4.2.1',
        action: 'dump',
        code: one.code,
        command: [
          ...(one.inside ?? []),
          'ckpt freeze --unchecked PID',
          ...(one.options ?? []),
          `(${one.creature})`,
        ].join(' '),
      });
    } finally {
      await creature.end();
    }
  });

  it('is shown with the lines around it when --verbose asks, and the log stays', async () => {
    const store = await folder();
    const pid = await startTied();
    const verbose = await ckpt(['freeze', '--unchecked', String(pid), '--store', store, '--verbose']);
    expect(verbose.stderr).toContain('Error (criu/');
    const log = /whole log: +(\/\S+)/.exec(verbose.stderr)?.[1] ?? '';
    expect(readFileSync(log, 'utf8')).toContain('External socket is used');
    expect(alive(pid)).toBe(true);
  });
});
