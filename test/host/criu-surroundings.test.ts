import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  alive,
  cannotFreeze,
  ckpt,
  criuThat,
  expectConsecutive,
  folder,
  owned,
  startCounter,
} from './support.js';

/** What comes to CRIU from where `ckpt` runs, and is not for it. */
describe.skipIf(cannotFreeze)(`around CRIU${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('signals that a terminal or systemd sends to all of a session do not end a dump', async () => {
    const store = await folder();
    const script = join(store, 'script');
    const signals = 'kill -INT $PPID; kill -HUP $PPID; kill -QUIT $PPID; kill -TERM $PPID; kill -TSTP $PPID';
    const text = `#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0\n${signals}\nsleep 0.1\n`;
    await writeFile(script, text, { mode: 0o700 });
    const env = { CKPT_CRIU: await criuThat(`set -- "$@" --action-script ${script}`) };
    const { pid, runsOn, journal } = await startCounter();
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store], { env })).toMatchObject({
      status: 0,
    });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    await runsOn();
    expectConsecutive(journal());
  });

  it.each(['HOME', 'CRIU_CONFIG_FILE'])('a file of options that %s leads to is not read', async variable => {
    const [store, home] = [await folder(), await folder()];
    const file = join(home, '.criu', 'default.conf');
    await mkdir(join(home, '.criu'));
    await writeFile(file, 'leave-running\n');
    const env = { [variable]: variable === 'HOME' ? home : file };
    const { pid } = await startCounter();
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store], { env })).toMatchObject({
      status: 0,
    });
    expect(alive(pid)).toBe(false);
  });

  it.each([0, 400])(
    'what was frozen with the OOM score %i has it again, whatever that of ckpt',
    async score => {
      const store = await folder();
      const { pid, runsOn } = await startCounter();
      await writeFile(`/proc/${pid}/oom_score_adj`, String(score));
      expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
      });
      owned(pid);
      const inside = ['sh', '-c', 'echo 300 >/proc/self/oom_score_adj; exec "$@"', 'sh'];
      expect(await ckpt(['thaw', 'a', '--store', store], { inside })).toMatchObject({ status: 0 });
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe(String(score));
      await runsOn();
    },
  );
});
