import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  alive,
  cannotFreeze,
  ckpt,
  criu,
  folder,
  owned,
  program,
  python,
  start,
  startCounter,
  until,
} from './support.js';

describe.skipIf(cannotFreeze)(
  `a terminal that takes nothing${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('keeps no process standing still: a freeze goes on without being seen', async () => {
      const store = await folder();
      const { pid, runsOn } = await startCounter();
      const script = join(import.meta.dirname, 'programs', 'stopped-terminal.py');
      const freeze = ['freeze', String(pid), '--name', 'a', '--store', store, '--criu', await criu()];
      start(python, [script, program, ...freeze]);
      await until('the bundle', () => existsSync(join(store, 'a')));
      await until('the tree to be gone', () => !alive(pid));
      owned(pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      await runsOn();
    });
  },
);
