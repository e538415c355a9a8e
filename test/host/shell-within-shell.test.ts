import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTask } from '../../src/host/proc/index.js';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

describe.skipIf(cannotFreeze)(
  `a shell that another shell has started${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('is said to lose its terminal, as it does: CRIU gives it to the leader of the session only', async () => {
      const store = await folder();
      const file = join(await folder(), 'inner');
      const { pid } = start(python, [join(import.meta.dirname, 'programs', 'shell-in-shell.py'), file]);
      await until('the inner shell', () => existsSync(file));
      const inner = Number(readFileSync(file, 'utf8'));
      const leader = readTask(inner)?.session ?? 0;
      expect(readTask(inner)?.terminal).toBe(readTask(leader)?.terminal);

      const check = await ckpt(['check', String(pid), '--json']);
      expect(check.status).toBe(8);
      expect(check.stdout).toContain('"shell-within-shell"');
      const freeze = await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
      expect(freeze.stderr).toContain('cannot bring a program to the foreground');
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
      owned(pid);
      expect(readTask(leader)?.terminal).not.toBe(0);
      // Once a CRIU does better this rule is to go (checkpoint/check/rules/terminals.ts).
      expect(readTask(inner)?.terminal).toBe(0);
    });
  },
);
