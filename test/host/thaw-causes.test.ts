import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { keepLog } from './causes/keep-log.js';
import { type ThawCase, thawCases } from './causes/thaw-cases.js';
import { alive, cannotFreeze, ckpt, folder, owned, refusal, until } from './support.js';
import { startBare, startCreature, waitUntil } from './zoo/keeper.js';

const script = join(import.meta.dirname, 'programs', 'changing.py');

/** Starts what a case freezes; `end` ends it and what stays outside. */
async function start(one: ThawCase): Promise<{ pid: number; place: string; end: () => Promise<void> }> {
  if (one.creature !== undefined) {
    const { target, folder: place, end } = await startCreature(one.creature);
    return { pid: target[0] ?? 0, place, end };
  }
  const place = await folder();
  const { pid } = startBare(['/usr/bin/python3', script, one.program ?? 'plain', place]);
  owned(pid);
  await waitUntil(`${one.program} to stand`, () => existsSync(join(place, 'ready')));
  return { pid, place, end: () => Promise.resolve() };
}

describe.skipIf(cannotFreeze)(`why CRIU could not thaw${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.each(thawCases)('$code', async one => {
    const { pid, place, end } = await start(one);
    try {
      const store = await folder();
      const freeze = [
        'freeze',
        '--unchecked',
        String(pid),
        '--name',
        'one',
        '--store',
        store,
        ...(one.freeze ?? []),
      ];
      const frozen = await ckpt(freeze);
      expect(frozen.status, frozen.stderr).toBe(0);
      const sh = (text: string) => execa('sh', ['-c', text], { cwd: place });
      if (one.change !== undefined) await sh(one.change);
      const thaw = ['thaw', 'one', '--store', store, ...(one.options ?? [])];
      const env = { PLACE: place };
      const failure = await refusal(thaw, { env, ...(one.inside && { inside: one.inside }) });
      expect(failure, `${failure.message}\n${failure.why}`).toMatchObject({ code: one.code });
      expect(failure.log.join('\n')).toContain(failure.facts.line);
      await until('what CRIU had rebuilt to end', () => !alive(pid));
      keepLog(`thaw-${one.code.replace('criu-', '')}`, String(failure.facts.log), {
        criu: '4.2.1',
        action: 'restore',
        code: one.code,
        command: [
          ...(one.inside ?? []),
          `ckpt thaw NAME (${one.program ?? one.creature})`,
          ...(one.change === undefined ? [] : [`after: ${one.change}`]),
        ].join(' '),
      });
      if (one.undo === undefined) return;
      await sh(one.undo);
      expect(await ckpt(thaw)).toMatchObject({ status: 0 });
      expect(alive(pid)).toBe(true);
    } finally {
      await end();
    }
  });
});
