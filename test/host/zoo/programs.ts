import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { descendants, listProcesses, readProcess } from '../../../src/host/proc/index.js';
import { EVERYDAY_NEEDS, EVERYDAY_STARTS } from './everyday-programs.js';
import { type Creature, kill, killTree, makeFolder, type Started, startBare, waitUntil } from './keeper.js';
import {
  CLIENT,
  commands,
  connections,
  endPolitely,
  GO_SERVER,
  nginxConfiguration,
  settle,
  sshd,
  startTmux,
  waitUntilListening,
} from './program-helpers.js';

/** Real programs as creatures: roles are the programs' own names, so those with one name are one in the answers. */
export type Start = (folder: string, keep: (started: Started) => Started) => Promise<readonly number[]>;

const names = (pid: number): readonly string[] => descendants(pid, listProcesses()).map(one => one.name);
const has = (pid: number, name: string, count = 1): boolean =>
  names(pid).filter(one => one === name).length >= count;

/** A shell line that becomes the root; what it starts stays below it. */
const shell = (line: string): readonly string[] => ['/bin/bash', '-c', line];

const STARTS: Readonly<Record<string, Start>> = {
  shell_with_jobs: async (_, keep) => {
    const { pid } = keep(startBare(shell('set -m; sleep 1000 & sleep 1001 | sleep 1002 & wait')));
    await waitUntil('three jobs', () => has(pid, 'sleep', 3));
    return [pid];
  },
  pager_in_tmux: async (folder, keep) => {
    const socket = join(folder, 'tmux');
    const { pid } = keep(startTmux(socket));
    await waitUntil('tmux to listen', () => existsSync(socket));
    await execa('tmux', ['-S', socket, 'new-session', '-d', 'cat /etc/services | less'], { stdio: 'ignore' });
    await waitUntil('less in tmux', () => has(pid, 'less'));
    return [pid];
  },
  shell_in_tmux: async (folder, keep) => {
    const socket = join(folder, 'tmux');
    const { pid } = keep(startTmux(socket));
    await waitUntil('tmux to listen', () => existsSync(socket));
    await execa('tmux', ['-S', socket, 'new-session', '-d', 'exec top'], { stdio: 'ignore' });
    await waitUntil('top in tmux', () => has(pid, 'top'));
    return descendants(pid, listProcesses())
      .filter(one => one.name === 'top')
      .map(one => one.pid);
  },
  redis_idle: async (folder, keep) => {
    const { pid } = keep(
      startBare(['/usr/bin/redis-server', '--port', '0', '--unixsocket', join(folder, 's'), '--dir', folder]),
    );
    await waitUntil('redis to listen', () => existsSync(join(folder, 's')));
    return [pid];
  },
  redis_with_client: async (folder, keep) => {
    const { pid } = keep(
      startBare(['/usr/bin/redis-server', '--port', '7401', '--bind', '127.0.0.1', '--dir', folder]),
    );
    await waitUntilListening(7401);
    keep(startBare(['/usr/bin/redis-cli', '-p', '7401', 'SUBSCRIBE', 'zoo']));
    await waitUntil('the client to connect', () => connections(7401) > 0);
    return [pid];
  },
  redis_with_unix_client: async (folder, keep) => {
    const socket = join(folder, 's');
    const { pid } = keep(
      startBare(['/usr/bin/redis-server', '--port', '0', '--unixsocket', socket, '--dir', folder]),
    );
    await waitUntil('redis to listen', () => existsSync(socket));
    const client = keep(startBare(['/usr/bin/redis-cli', '-s', socket, 'SUBSCRIBE', 'zoo']));
    await waitUntil('the client to start', () => has(client.pid, 'redis-cli'));
    await settle();
    return [pid];
  },
  nginx: async (folder, keep) => {
    const { pid } = keep(
      startBare(['/usr/sbin/nginx', '-p', folder, '-c', nginxConfiguration(folder, 7402)]),
    );
    await waitUntilListening(7402);
    await waitUntil('two workers', () => has(pid, 'nginx', 3));
    return [pid];
  },
  nginx_with_client: async (folder, keep) => {
    const { pid } = keep(
      startBare(['/usr/sbin/nginx', '-p', folder, '-c', nginxConfiguration(folder, 7403)]),
    );
    await waitUntilListening(7403);
    keep(startBare(['/usr/bin/python3', '-c', CLIENT, '7403']));
    await waitUntil('the client to connect', () => connections(7403) > 0);
    await settle();
    return [pid];
  },
  postgres_with_clients: async (folder, keep) => {
    const data = join(folder, 'data');
    const bin = '/usr/lib/postgresql/15/bin';
    chmodSync(folder, 0o777);
    // PostgreSQL refuses to run as root.
    const nobody = ['/usr/bin/setpriv', '--reuid', '65534', '--clear-groups'] as const;
    await execa(nobody[0], [...nobody.slice(1), `${bin}/initdb`, '-D', data, '-A', 'trust', '-N'], {
      stdio: 'ignore',
    });
    const settings = ['listen_addresses=', 'port=7404'].flatMap(setting => ['-c', setting]);
    const server = startBare([...nobody, `${bin}/postgres`, '-D', data, '-k', folder, ...settings]);
    // Shut down, it removes its shared memory; killed, it would leave it to the machine.
    const { pid } = keep({ pid: server.pid, end: () => endPolitely(server) });
    await waitUntil('postgres to listen', () => existsSync(join(folder, '.s.PGSQL.7404')));
    await settle();
    for (let i = 0; i < 2; i++)
      keep(
        startBare([
          ...[`${bin}/psql`, '-h', folder, '-p', '7404', '-U', 'nobody', 'postgres'],
          ...['-c', 'select pg_sleep(1000)'],
        ]),
      );
    await waitUntil(
      'two backends',
      () => commands(pid).filter(text => text.includes('[local]')).length === 2,
    );
    await settle();
    return [pid];
  },
  sshd_listening: async (folder, keep) => {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
    await execa('mkdir', ['-p', '/run/sshd']);
    const { pid } = keep(startBare(sshd(folder, 7405)));
    await waitUntilListening(7405);
    await waitUntil('sshd to see that we are gone', () => names(pid).length === 1);
    return [pid];
  },
  sshd_with_session: async (folder, keep) => {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
    await execa('cp', [join(folder, 'key.pub'), join(folder, 'authorized')]);
    await execa('mkdir', ['-p', '/run/sshd']);
    const { pid } = keep(startBare(sshd(folder, 7406)));
    await waitUntilListening(7406);
    const options = [
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-i',
      join(folder, 'key'),
    ];
    keep(startBare(['/usr/bin/ssh', '-tt', '-p', '7406', ...options, 'root@127.0.0.1', 'sleep 1000']));
    await waitUntil('the session', () => has(pid, 'sleep'));
    await settle();
    return [pid];
  },
  xvfb_and_client_together: async (folder, keep) => {
    const line = `Xvfb :77 -nolisten tcp & while ! xclock -display :77; do sleep 0.3; done; wait`;
    const { pid } = keep(startBare(shell(line), { cwd: folder }));
    await waitUntil('xclock', () => has(pid, 'xclock') && !has(pid, 'sleep'), 30_000);
    await settle();
    return [pid];
  },
  xvfb_client_alone: async (folder, keep) => {
    const server = keep(startBare(['/usr/bin/Xvfb', ':78', '-nolisten', 'tcp'], { cwd: folder }));
    // The file may be there from a run before, and nobody behind it.
    await waitUntil(
      'Xvfb',
      () => readFileSync('/proc/net/unix', 'utf8').includes('/tmp/.X11-unix/X78'),
      30_000,
    );
    const { pid } = keep(startBare(['/usr/bin/xclock', '-display', ':78'], { cwd: folder }));
    await waitUntil('xclock', () => has(pid, 'xclock') && readProcess(server.pid) !== undefined);
    await settle();
    return [pid];
  },
  dbus_daemon_with_client: async (folder, keep) => {
    const address = `unix:path=${join(folder, 'bus')}`;
    const { pid } = keep(
      startBare(['/usr/bin/dbus-daemon', '--session', '--nofork', `--address=${address}`]),
    );
    await waitUntil('the bus', () => existsSync(join(folder, 'bus')));
    keep(startBare(['/usr/bin/dbus-monitor', '--address', address]));
    await waitUntil('the monitor', () => listProcesses().some(one => one.name === 'dbus-monitor'));
    await settle();
    return [pid];
  },
  dbus_client: async (folder, keep) => {
    const address = `unix:path=${join(folder, 'bus')}`;
    keep(startBare(['/usr/bin/dbus-daemon', '--session', '--nofork', `--address=${address}`]));
    await waitUntil('the bus', () => existsSync(join(folder, 'bus')));
    const { pid } = keep(startBare(['/usr/bin/dbus-monitor', '--address', address]));
    await settle();
    return [pid];
  },
  shim_with_pipes: async (_, keep) => {
    // As container shims do: the parent keeps the other ends of its child's three descriptors.
    const line = `import subprocess, time
p = subprocess.Popen(['sleep', '1000'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
p.wait()
time.sleep(1000)`;
    const { pid } = keep(startBare(['/usr/bin/python3', '-c', line]));
    await waitUntil('the child', () => has(pid, 'sleep'));
    return descendants(pid, listProcesses())
      .filter(one => one.name === 'sleep')
      .map(one => one.pid);
  },
  two_services_with_socket: async (folder, keep) => {
    const socket = join(folder, 's');
    const server = keep(
      startBare(['/usr/bin/redis-server', '--port', '0', '--unixsocket', socket, '--dir', folder]),
    );
    await waitUntil('redis to listen', () => existsSync(socket));
    const client = keep(startBare(['/usr/bin/redis-cli', '-s', socket, 'SUBSCRIBE', 'zoo']));
    await settle();
    return [server.pid, client.pid];
  },
  node: async (_, keep) => {
    const { pid } = keep(
      startBare([process.execPath, '-e', 'setInterval(() => {}, 1000)'], {
        env: { UV_USE_IO_URING: '0', PATH: '/usr/bin:/bin' },
      }),
    );
    await settle();
    return [pid];
  },
  java: async (folder, keep) => {
    writeFileSync(
      join(folder, 'Zoo.java'),
      'public class Zoo { public static void main(String[] a) throws Exception { Thread.sleep(1000000); } }',
    );
    await execa('javac', ['Zoo.java'], { cwd: folder });
    const { pid } = keep(startBare(['/usr/bin/java', '-XX:-UsePerfData', '-Xmx64m', 'Zoo'], { cwd: folder }));
    await waitUntil('java to settle', () => (readProcess(pid)?.threads ?? 0) > 8);
    await settle();
    return [pid];
  },
  go_server: async (folder, keep) => {
    writeFileSync(join(folder, 'main.go'), GO_SERVER);
    // The cache is kept: building Go's library anew takes a minute.
    await execa('go', ['build', '-o', 'server', 'main.go'], {
      cwd: folder,
      env: { GOCACHE: '/var/tmp/ckpt-zoo/go-cache', GO111MODULE: 'off', HOME: folder },
    });
    const { pid } = keep(startBare([join(folder, 'server')], { cwd: folder }));
    await waitUntilListening(7407);
    await settle();
    return [pid];
  },
  vim_in_tmux: async (folder, keep) => {
    const socket = join(folder, 'tmux');
    const { pid } = keep(startTmux(socket));
    await waitUntil('tmux to listen', () => existsSync(socket));
    await execa('tmux', ['-S', socket, 'new-session', '-d', `exec vi -u NONE ${join(folder, 'text')}`], {
      stdio: 'ignore',
    });
    await waitUntil('vi in tmux', () => has(pid, 'vi'));
    await execa('tmux', ['-S', socket, 'send-keys', 'ihello'], { stdio: 'ignore' });
    await settle();
    return [pid];
  },
  script_and_sleep: async (_, keep) => {
    const { pid } = keep(startBare(['/usr/bin/script', '-q', '-c', 'exec sleep 1000', '/dev/null']));
    await waitUntil('sleep', () => has(pid, 'sleep'));
    await settle();
    return [pid];
  },
};

/** The files each one needs, beside what every Debian has. Packages: tmux, procps, redis-server, nginx-light, postgresql, openssh-server, xvfb, x11-apps, dbus, default-jdk, vim-tiny. */
export const NEEDS: Readonly<Record<string, readonly string[]>> = {
  ...EVERYDAY_NEEDS,
  pager_in_tmux: ['/usr/bin/tmux'],
  shell_in_tmux: ['/usr/bin/tmux'],
  vim_in_tmux: ['/usr/bin/tmux', '/usr/bin/vi'],
  redis_idle: ['/usr/bin/redis-server'],
  redis_with_client: ['/usr/bin/redis-server'],
  redis_with_unix_client: ['/usr/bin/redis-server'],
  two_services_with_socket: ['/usr/bin/redis-server'],
  nginx: ['/usr/sbin/nginx'],
  nginx_with_client: ['/usr/sbin/nginx'],
  postgres_with_clients: ['/usr/lib/postgresql/15/bin/postgres'],
  sshd_listening: ['/usr/sbin/sshd'],
  sshd_with_session: ['/usr/sbin/sshd'],
  xvfb_and_client_together: ['/usr/bin/Xvfb', '/usr/bin/xclock'],
  xvfb_client_alone: ['/usr/bin/Xvfb', '/usr/bin/xclock'],
  dbus_daemon_with_client: ['/usr/bin/dbus-daemon', '/usr/bin/dbus-monitor'],
  dbus_client: ['/usr/bin/dbus-daemon', '/usr/bin/dbus-monitor'],
  go_server: ['/usr/bin/go'],
  java: ['/usr/bin/java', '/usr/bin/javac'],
};

/** Starts one of the real programs. Throws, saying what it waited for, when it does not come up. */
export async function startProgram(name: string): Promise<Creature> {
  const start = STARTS[name] ?? EVERYDAY_STARTS[name];
  if (start === undefined) throw new Error(`no such program: ${name}`);
  const folder = makeFolder(name);
  const started: Started[] = [];
  const end = async (extra: readonly number[] = []): Promise<void> => {
    const pids = started.flatMap(one => descendants(one.pid, listProcesses()).map(p => p.pid));
    for (const one of started) await one.end();
    for (const pid of pids) kill(pid);
    for (const pid of extra) killTree(pid);
    const elsewhere = join(folder, 'elsewhere');
    const left = existsSync(elsewhere) ? readFileSync(elsewhere, 'utf8').split('\n') : [];
    for (const path of left) rmSync(path, { force: true });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const target = await start(folder, one => {
      started.push(one);
      return one;
    });
    return { target, roles: new Map(), folder, end: () => end(target) };
  } catch (error) {
    await end();
    throw error;
  }
}
