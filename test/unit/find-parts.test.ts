/** Units without processes of their own, with a systemd that says what it is told to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findTargets } from '../../src/checkpoint/closure/find-targets.js';
import * as proc from '../../src/host/proc/index.js';
import { runSystemctl } from '../../src/host/systemd/systemctl.js';

vi.mock('../../src/host/systemd/systemctl.js');
vi.mock('../../src/host/proc/index.js', { spy: true });

let child: ChildProcess;

beforeAll(() => {
  child = spawn('sleep', ['600']);
  vi.mocked(proc.readCgroup).mockImplementation(pid =>
    pid === child.pid ? '/system.slice/no-such-db@1.service' : '/init.scope',
  );
  vi.mocked(runSystemctl).mockImplementation(async (_, words) => {
    const known = words.at(-1) === 'no-such-db@1.service';
    const parts = words.at(-1) === 'no-such-db.service' ? 'no-such.socket no-such-db@1.service' : '';
    const stdout = words.includes('ConsistsOf')
      ? `${parts}\n`
      : `MainPID=0\nControlGroup=${known ? '/system.slice/no-such-db@1.service' : ''}\n`;
    return {
      status: 0,
      signal: undefined,
      stdout,
      stderr: '',
      timedOut: false,
      startError: undefined,
    } as never;
  });
});
afterAll(() => child.kill('SIGKILL'));

it.each(['no-such-db.service', 'no-such-db', 'no-such-db@1'])(
  'a unit stands for its processes, or for those of its parts: %s',
  async word => {
    expect(await findTargets([word])).toEqual([{ given: word, pids: [child.pid] }]);
  },
);

it.each([
  ['no-such-db@.service', 'target-unit-idle', "systemctl list-units 'no-such-db@*.service'"],
  ['no-such.socket', 'target-unit-idle', 'systemctl status no-such.socket'],
  ['/run/no-such.pid', 'target-name-unknown', '$(cat FILE)'],
  ['no-such', 'target-name-unknown', 'ps -e -o pid,args'],
])('of %s it is said what to type instead', async (word, code, hint) => {
  await expect(findTargets([word])).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
});
