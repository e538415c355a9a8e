import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { descendants, listProcesses } from '../../../src/host/proc/index.js';
import { startBare, waitUntil } from './keeper.js';
import { connections, settle, sshd, startTmux, waitUntilListening } from './program-helpers.js';
import type { Start } from './programs.js';

const tree = (pid: number) => descendants(pid, listProcesses());
const count = (pid: number, name: string): number => tree(pid).filter(one => one.name === name).length;
const pidsOf = (pid: number, name: string): readonly number[] =>
  tree(pid)
    .filter(one => one.name === name)
    .map(one => one.pid);

const shell = (line: string): readonly string[] => ['/bin/bash', '-c', line];
const redis = (folder: string, port: number, ...more: string[]): readonly string[] => [
  ...['/usr/bin/redis-server', '--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder],
  ...['--dbfilename', `${port}.rdb`, ...more],
];

/** A Python program of the folder, as root of a tree. */
function python(folder: string, name: string, text: string): readonly string[] {
  writeFileSync(join(folder, name), text);
  return ['/usr/bin/python3', join(folder, name)];
}

/** What administrators have running, beside the servers of `programs.ts`. */
export const EVERYDAY_STARTS: Readonly<Record<string, Start>> = {
  redis_and_its_replica: async (folder, keep) => {
    const main = keep(startBare(redis(folder, 7411)));
    await waitUntilListening(7411);
    const replica = keep(startBare(redis(folder, 7412, '--replicaof', '127.0.0.1', '7411')));
    await waitUntil('the replica to connect', () => connections(7411) > 0);
    await settle();
    return [main.pid, replica.pid];
  },
  redis_replica_alone: async (folder, keep) => {
    keep(startBare(redis(folder, 7413)));
    await waitUntilListening(7413);
    const replica = keep(startBare(redis(folder, 7414, '--replicaof', '127.0.0.1', '7413')));
    await waitUntil('the replica to connect', () => connections(7413) > 0);
    await settle();
    return [replica.pid];
  },
  redis_saving: async (folder, keep) => {
    const { pid } = keep(startBare(redis(folder, 7415, '--rdb-key-save-delay', '10000000')));
    await waitUntilListening(7415);
    // CRIU ends the sleep that it finds a process in (EINTR): the save must still be under way after one key more.
    await execa('redis-cli', ['-p', '7415', 'mset', 'a', '1', 'b', '2', 'c', '3']);
    await execa('redis-cli', ['-p', '7415', 'bgsave']);
    await waitUntil('the save', () => tree(pid).length === 2);
    await settle();
    return [pid];
  },
  nginx_with_upstream: async (folder, keep) => {
    const socket = join(folder, 'app');
    const app = `import socket
s = socket.socket(socket.AF_UNIX); s.bind('${socket}'); s.listen(); a = s.accept()
import time; time.sleep(1000)`;
    keep(startBare(python(folder, 'app.py', app)));
    await waitUntil('the application', () => existsSync(socket));
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; user root; pid ${folder}/pid; error_log ${folder}/error.log;
events {} http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; server { listen 127.0.0.1:7416; location / { proxy_pass http://unix:${socket}:/; } } }`,
    );
    const { pid } = keep(startBare(['/usr/sbin/nginx', '-p', folder, '-c', join(folder, 'nginx.conf')]));
    await waitUntilListening(7416);
    const ask = `import socket, time\ns = socket.create_connection(('127.0.0.1', 7416)); s.send(b'GET / HTTP/1.0\\r\\n\\r\\n'); time.sleep(1000)`;
    keep(startBare(python(folder, 'client.py', ask)));
    await settle();
    return [pid];
  },
  node_cluster: async (folder, keep) => {
    const program = join(folder, 'cluster.js');
    writeFileSync(
      program,
      `const c = require('cluster'), http = require('http');
if (c.isPrimary) { c.fork(); c.fork(); } else http.createServer((_, r) => r.end('zoo')).listen(7417, '127.0.0.1');`,
    );
    const { pid } = keep(startBare([process.execPath, program], { env: { UV_USE_IO_URING: '0' } }));
    await waitUntilListening(7417);
    await waitUntil('two workers', () => tree(pid).length === 3);
    await settle();
    return [pid];
  },
  node_worker_threads: async (folder, keep) => {
    const program = join(folder, 'threads.js');
    writeFileSync(
      program,
      `const { Worker } = require('worker_threads'), m = new SharedArrayBuffer(1 << 16);
for (let i = 0; i < 2; i++) new Worker('setInterval(() => {}, 100)', { eval: true, workerData: m });`,
    );
    const { pid } = keep(startBare([process.execPath, program], { env: { UV_USE_IO_URING: '0' } }));
    await settle();
    return [pid];
  },
  python_subprocess: async (folder, keep) => {
    const text = `import asyncio
async def main():
    p = await asyncio.create_subprocess_exec('cat', stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    p.stdin.write(b'x'); await p.stdout.read(1); await asyncio.sleep(1000)
asyncio.run(main())`;
    const { pid } = keep(startBare(python(folder, 'asking.py', text)));
    await waitUntil('cat', () => count(pid, 'cat') === 1);
    await settle();
    return [pid];
  },
  python_shared_memory: async (folder, keep) => {
    // A resource tracker, a block that both map, and a queue's semaphores and pipe.
    const text = `import multiprocessing as mp, time
from multiprocessing import shared_memory
def work(q, name):
    b = shared_memory.SharedMemory(name); q.put(1); time.sleep(1000)
if __name__ == '__main__':
    mp.set_start_method('spawn'); b = shared_memory.SharedMemory(create=True, size=65536); q = mp.SimpleQueue()
    mp.Process(target=work, args=(q, b.name), daemon=True).start(); q.get(); open('${folder}/ready', 'w').close()
    names = [b.name] + ['sem.' + lock._semlock.name.lstrip('/') for lock in (q._rlock, q._wlock)]
    open('${folder}/elsewhere', 'w').write('\\n'.join('/dev/shm/' + name.lstrip('/') for name in names)); time.sleep(1000)`;
    const { pid } = keep(startBare(python(folder, 'shared.py', text)));
    await waitUntil('the worker', () => existsSync(join(folder, 'ready')));
    await settle();
    return [pid];
  },
  screen_detached: async (folder, keep) => {
    mkdirSync(join(folder, 'screens'), { mode: 0o700 });
    const { pid } = keep(
      startBare(['/usr/bin/screen', '-D', '-m', '-S', 'zoo', 'sleep', '1000'], {
        env: { SCREENDIR: join(folder, 'screens'), TERM: 'xterm', PATH: '/usr/bin:/bin' },
      }),
    );
    await waitUntil('sleep in screen', () => count(pid, 'sleep') === 1);
    await settle();
    return [pid];
  },
  shell_of_ssh_session: async (folder, keep) => {
    const { pid } = await startSession(folder, keep, 7418);
    return pidsOf(pid, 'sleep');
  },
  ssh_in_tmux: async (folder, keep) => {
    const socket = join(folder, 'tmux');
    await prepareSshd(folder);
    keep(startBare(sshd(folder, 7419)));
    await waitUntilListening(7419);
    const { pid } = keep(startTmux(socket));
    await waitUntil('tmux to listen', () => existsSync(socket));
    const line = ['exec', ...ssh(folder, 7419)].join(' ');
    await execa('tmux', ['-S', socket, 'new-session', '-d', line], { stdio: 'ignore' });
    await waitUntil('the session', () => listProcesses().some(p => p.commandLine.join(' ') === 'sleep 7419'));
    await settle();
    return [pid];
  },
  supervisor: async (folder, keep) => [(await startSupervisor(folder, keep)).pid],
  supervised_child: async (folder, keep) => pidsOf((await startSupervisor(folder, keep)).pid, 'sleep'),
  haproxy: async (folder, keep) => {
    const path = join(folder, 'haproxy.cfg');
    writeFileSync(
      path,
      `global\n  nbthread 2\ndefaults\n  mode http\n  timeout client 1000s\n  timeout server 1000s\n  timeout connect 9s\nfrontend zoo\n  bind 127.0.0.1:7420\n`,
    );
    const { pid } = keep(startBare(['/usr/sbin/haproxy', '-W', '-f', path]));
    await waitUntilListening(7420);
    await settle();
    return [pid];
  },
  memcached: async (_, keep) => {
    const { pid } = keep(
      startBare(['/usr/bin/memcached', '-u', 'root', '-l', '127.0.0.1', '-p', '7421', '-U', '0']),
    );
    await waitUntilListening(7421);
    await settle();
    return [pid];
  },
  syslog_with_writer: async (folder, keep) => {
    const path = join(folder, 'rsyslog.conf');
    const socket = join(folder, 'log');
    writeFileSync(
      path,
      `module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="${socket}")\n*.* ${folder}/messages\n`,
    );
    const { pid } = keep(startBare(['/usr/sbin/rsyslogd', '-n', '-f', path, '-i', join(folder, 'pid')]));
    await waitUntil('rsyslogd to listen', () => existsSync(socket));
    const text = `import socket, time\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect('${socket}'); s.send(b'<13>zoo'); time.sleep(1000)`;
    keep(startBare(python(folder, 'writer.py', text)));
    await settle();
    return [pid];
  },
  followed_log: async (folder, keep) => {
    writeFileSync(join(folder, 'log'), 'one\n');
    const { pid } = keep(startBare(shell(`tail -F ${folder}/log | grep --line-buffered x > ${folder}/out`)));
    await waitUntil('tail and grep', () => count(pid, 'tail') + count(pid, 'grep') === 2);
    await settle();
    return [pid];
  },
  held_by_flock: async (folder, keep) => {
    const { pid } = keep(startBare(['/usr/bin/flock', join(folder, 'lock'), 'sleep', '1000']));
    await waitUntil('sleep', () => count(pid, 'sleep') === 1);
    return [pid];
  },
  script_with_lock: async (folder, keep) => {
    // As shell scripts keep themselves from running twice; the second one waits.
    const line = `exec 9>${folder}/lock; flock 9; sleep 1000; true`;
    const { pid } = keep(startBare(shell(line)));
    await waitUntil('the lock', () => count(pid, 'sleep') === 1);
    keep(startBare(['/usr/bin/flock', join(folder, 'lock'), 'true']));
    await settle();
    return [pid];
  },
  relay: async (_, keep) => {
    // A client and a server outside, the relay between them to be frozen.
    keep(startBare(['/usr/bin/socat', 'TCP-LISTEN:7422,bind=127.0.0.1', 'EXEC:sleep 1000']));
    await waitUntilServing(7422);
    const { pid } = keep(
      startBare(['/usr/bin/socat', 'TCP-LISTEN:7423,bind=127.0.0.1', 'TCP:127.0.0.1:7422']),
    );
    await waitUntilServing(7423);
    keep(startBare(['/usr/bin/socat', 'TCP:127.0.0.1:7423', 'EXEC:sleep 1000']));
    await waitUntil('both connections', () => connections(7422) > 0 && connections(7423) > 0);
    await settle();
    return [pid];
  },
  traced_by_strace: async (_, keep) => {
    const { pid } = keep(startBare(['/usr/bin/sleep', '1000']));
    keep(startBare(['/usr/bin/strace', '-p', `${pid}`, '-o', '/dev/null']));
    await waitUntil('strace', () => listProcesses().some(one => one.pid === pid && one.tracer > 0));
    return [pid];
  },
  database_in_two_programs: async (folder, keep) => {
    const open = (name: string, more: string): readonly string[] =>
      python(
        folder,
        name,
        `import sqlite3, time\nd = sqlite3.connect('${folder}/db'); d.execute('pragma journal_mode=wal'); d.execute('create table if not exists a(b)'); d.execute('insert into a values (1)'); d.commit()\n${more}\ntime.sleep(1000)`,
      );
    const { pid } = keep(startBare(open('first.py', `open('${folder}/one', 'w')`)));
    await waitUntil('the first', () => existsSync(join(folder, 'one')));
    keep(startBare(open('second.py', `open('${folder}/two', 'w')`)));
    await waitUntil('the second', () => existsSync(join(folder, 'two')));
    return [pid];
  },
  shell_with_coprocess: async (_, keep) => {
    const { pid } = keep(startBare(shell('coproc cat; wait')));
    await waitUntil('cat', () => count(pid, 'cat') === 1);
    return [pid];
  },
  ssh_agent: async (folder, keep) => {
    const { pid } = keep(startBare(['/usr/bin/ssh-agent', '-D', '-a', join(folder, 'agent')]));
    await waitUntil('the agent', () => existsSync(join(folder, 'agent')));
    await settle();
    return [pid];
  },
  program_under_sudo: async (_, keep) => {
    const { pid } = keep(startBare(['/usr/bin/sudo', '-n', 'sleep', '1000']));
    await waitUntil('sleep', () => count(pid, 'sleep') === 1);
    await settle();
    return [pid];
  },
};

/** The files each one needs. Packages: redis-server, nginx-light, screen, openssh-server, tmux, supervisor, haproxy, memcached, rsyslog, socat, strace, sudo. */
export const EVERYDAY_NEEDS: Readonly<Record<string, readonly string[]>> = {
  redis_and_its_replica: ['/usr/bin/redis-server'],
  redis_replica_alone: ['/usr/bin/redis-server'],
  redis_saving: ['/usr/bin/redis-server'],
  nginx_with_upstream: ['/usr/sbin/nginx'],
  screen_detached: ['/usr/bin/screen'],
  shell_of_ssh_session: ['/usr/sbin/sshd'],
  ssh_in_tmux: ['/usr/sbin/sshd', '/usr/bin/tmux'],
  supervisor: ['/usr/bin/supervisord'],
  supervised_child: ['/usr/bin/supervisord'],
  haproxy: ['/usr/sbin/haproxy'],
  memcached: ['/usr/bin/memcached'],
  syslog_with_writer: ['/usr/sbin/rsyslogd'],
  relay: ['/usr/bin/socat'],
  traced_by_strace: ['/usr/bin/strace'],
  ssh_agent: ['/usr/bin/ssh-agent'],
  program_under_sudo: ['/usr/bin/sudo'],
};

type Keep = Parameters<Start>[1];

function waitUntilServing(port: number): Promise<void> {
  const hex = port.toString(16).toUpperCase();
  return waitUntil(`port ${port} to listen`, () => listens(hex));
}

/** Looked up, not tried: these take one connection only. */
function listens(hex: string): boolean {
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some(line => line.includes(`:${hex} 00000000:0000 0A`));
}

async function prepareSshd(folder: string): Promise<void> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  await execa('cp', [join(folder, 'key.pub'), join(folder, 'authorized')]);
  await execa('mkdir', ['-p', '/run/sshd']);
}

function ssh(folder: string, port: number): readonly string[] {
  const set = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap(text => ['-o', text]);
  return [
    ...['/usr/bin/ssh', '-tt', '-p', `${port}`, ...set, '-i', join(folder, 'key')],
    ...['root@127.0.0.1', 'exec', 'sleep', `${port}`],
  ];
}

async function startSession(folder: string, keep: Keep, port: number) {
  await prepareSshd(folder);
  const server = keep(startBare(sshd(folder, port)));
  await waitUntilListening(port);
  keep(startBare(ssh(folder, port)));
  await waitUntil('the session', () => count(server.pid, 'sleep') === 1);
  await settle();
  return server;
}

async function startSupervisor(folder: string, keep: Keep) {
  const path = join(folder, 'supervisor.conf');
  writeFileSync(
    path,
    `[supervisord]\nnodaemon=true\nlogfile=${folder}/log\npidfile=${folder}/pid\nchildlogdir=${folder}\n[program:zoo]\ncommand=/usr/bin/sleep 1000\n`,
  );
  const server = keep(startBare(['/usr/bin/supervisord', '-c', path]));
  await waitUntil('its child', () => count(server.pid, 'sleep') === 1);
  await settle();
  return server;
}
