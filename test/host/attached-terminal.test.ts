import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, start, until } from './support.js';

const programs = ['/usr/bin/tmux', '/usr/bin/screen', '/usr/bin/script'];
const missing = programs.filter(path => !existsSync(path));
const why = cannotFreeze ?? (missing.length > 0 ? `needs ${missing.join(', ')}` : undefined);

/** One that runs something in a terminal of its own, and how somebody looks at it. */
interface Multiplexer {
  readonly name: string;
  readonly serve: readonly string[];
  readonly attach: string;
  readonly env: Record<string, string>;
  /** Whether a client is attached to it. */
  readonly isShown: () => Promise<boolean>;
}

function tmux(place: string): Multiplexer {
  const socket = join(place, 'a socket');
  return {
    name: 'tmux: server',
    serve: ['/usr/bin/tmux', '-S', socket, '-f', '/dev/null', 'new-session', '-d', 'exec sleep 1000'],
    attach: `tmux -S '${socket}' attach`,
    env: {},
    isShown: async () => (await execa('tmux', ['-S', socket, 'list-clients'])).stdout !== '',
  };
}

function screen(place: string): Multiplexer {
  const sockets = join(place, 'screens');
  mkdirSync(sockets, { mode: 0o700 });
  const env = { SCREENDIR: sockets };
  return {
    name: 'screen',
    serve: ['/usr/bin/screen', '-dmS', 'shown', 'sleep', '1000'],
    attach: 'screen -r shown',
    env,
    isShown: async () =>
      (await execa('screen', ['-ls'], { env, reject: false })).stdout.includes('(Attached)'),
  };
}

describe.skipIf(why !== undefined)(
  `what somebody looks at in a terminal${why ? ` (skipped: ${why})` : ''}`,
  () => {
    it.each([
      ['tmux', tmux],
      ['screen', screen],
    ])('%s is to be detached first, by the command that is named, and is frozen then', async (_, make) => {
      const place = await folder();
      const { name, serve, attach, env, isShown } = make(place);
      const settings = { TERM: 'xterm', PATH: '/usr/bin:/bin', ...env };
      const words = (list: Record<string, string>) =>
        Object.entries(list).map(([key, value]) => `${key}=${value}`);
      const before = new Set(await named(name));
      start('/usr/bin/env', [...words(settings), ...serve]);
      const pid = await until('the server', async () => (await named(name)).find(one => !before.has(one)));
      owned(pid);
      start('/usr/bin/env', [...words(settings), 'script', '-qfc', attach, '/dev/null']);
      await until('somebody to look at it', isShown);

      const check = await ckpt(['check', String(pid), '--json']);
      expect(check.status).toBe(3);
      const report = JSON.parse(check.stdout) as {
        trees: { findings: { severity: string; remedy: string }[] }[];
      };
      const remedies = report.trees.flatMap(tree =>
        tree.findings.filter(one => one.severity === 'cannot').map(one => one.remedy),
      );
      // One thing to do, whatever stands in the way because of it.
      const lines = remedies.map(text => /^Detach it \((.*?)\): /.exec(text)?.[1]);
      expect(new Set(lines).size).toBe(1);
      expect(lines[0]).toBeDefined();
      const line = lines[0] ?? '';
      await execa('sh', ['-c', line], { env: settings });
      await until('nobody to look at it', async () => !(await isShown()));

      const store = await folder();
      // A colon would make scp look for another machine.
      const plan = await ckpt(['freeze', String(pid), '--store', store, '--dry-run', '--json']);
      expect(JSON.parse(plan.stdout)).toMatchObject({ name: `${name.replace(': ', '-')}-${pid}` });
      expect(await ckpt(['freeze', String(pid), '--name', 'shown', '--store', store])).toMatchObject({
        status: 0,
      });
      const thaw = await ckpt(['thaw', 'shown', '--store', store]);
      expect([thaw.status, thaw.stderr]).toEqual([0, expect.anything()]);
      start('/usr/bin/env', [...words(settings), 'script', '-qfc', attach, '/dev/null']);
      await until('somebody to look at it again', isShown);
    });
  },
);

/** Processes of this name, without a terminal, that have begun what they are to run. */
async function named(name: string): Promise<readonly number[]> {
  const { stdout } = await execa('ps', ['-e', '-o', 'pid=,ppid=,tty=,comm=']);
  const all = stdout.split('\n').map(line => /^ *(\d+) +(\d+) (\S+) +(.*)$/.exec(line) ?? []);
  const parents = new Set(
    all.filter(([, , , , command]) => command === 'sleep').map(([, , parent]) => parent),
  );
  return all.flatMap(([, pid, , terminal, command]) =>
    command === name && terminal === '?' && parents.has(pid) ? [Number(pid)] : [],
  );
}
