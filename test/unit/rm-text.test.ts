import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rmText } from '../../src/cli/render/rm-text.js';
import { stillRunning } from '../../src/restore/still-running.js';
import { bundleFiles, folder, writeFiles } from './bundle-support.js';

const HERE = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** A store with a bundle of this state and boot; gives its root's PID and program, too. */
async function storeWith(state: string, bootId: string) {
  const store = await folder();
  const files = bundleFiles('a');
  const entry = { state, at: '2026-01-01T00:00:00.000Z', kernel: '6.1.0', bootId };
  files.set('state.json', Buffer.from(JSON.stringify({ history: [entry] })));
  await writeFiles(join(store, 'a'), files);
  const [{ root, command }] = JSON.parse(String(files.get('manifest.json'))).trees;
  return { store, root, command };
}

describe('what rm says of services', () => {
  it('calls free what is, and names the process beside which another would be started', () => {
    const running = new Map([['db.service', 131]]);
    const text = rmText(['a'], false, { released: ['db.service', 'web.service'], running });
    expect(text).toContain('no longer held back: web.service (systemctl start)');
    expect(text).toMatch(
      /no longer held back: db\.service; .* thawed process 131, which runs on: end that first/,
    );
    expect(rmText(['a'], false, { released: ['web.service'], running })).not.toContain('131');
    expect(rmText(['a'], true, { released: [], running: new Map() })).toBe('would remove a');
  });

  it('finds what runs on only where it was thawed in this boot, lives, and is the same program', async () => {
    const { store, root, command } = await storeWith('thawed', HERE);
    const seen = (name: string, state: 'S' | 'Z') => (pid: number) =>
      pid === root ? { name, state } : undefined;
    expect(await stillRunning(store, ['a', 'none'], seen(command, 'S'))).toEqual([{ name: 'a', root }]);
    expect(await stillRunning(store, ['a'], seen(command, 'Z'))).toEqual([]);
    expect(await stillRunning(store, ['a'], seen('another', 'S'))).toEqual([]);
    expect(await stillRunning(store, ['a'], () => undefined)).toEqual([]);
    const waits = await storeWith('thawed', 'another-boot');
    expect(await stillRunning(waits.store, ['a'], seen(command, 'S'))).toEqual([]);
  });
});
