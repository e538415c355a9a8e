import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants, listProcesses, readProcess } from '../../../src/host/proc/index.js';
import { type Started, startBare, waitUntil } from './keeper.js';

export const CLIENT =
  'import socket,sys,time\ns=socket.create_connection(("127.0.0.1",int(sys.argv[1])))\ns.send(b"GET / HTTP/1.1\\r\\nHost: z\\r\\n\\r\\n")\ns.recv(100)\ntime.sleep(1000)';

export function nginxConfiguration(folder: string, port: number): string {
  const path = join(folder, 'nginx.conf');
  writeFileSync(
    path,
    `daemon off; worker_processes 2; user root; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http { access_log off; keepalive_timeout 1000; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${port}; location / { return 200 "zoo"; } } }`,
  );
  return path;
}

export function sshd(folder: string, port: number): readonly string[] {
  const set = (text: string): readonly string[] => ['-o', text];
  return [
    '/usr/sbin/sshd',
    '-D',
    ...['-f', '/dev/null'],
    ...['-h', join(folder, 'key')],
    ...set(`Port=${port}`),
    ...set('ListenAddress=127.0.0.1'),
    ...set(`PidFile=${folder}/pid`),
    ...set('PermitRootLogin=yes'),
    ...set(`AuthorizedKeysFile=${folder}/authorized`),
    ...set('StrictModes=no'),
    ...set('UsePAM=no'),
  ];
}

export function commands(pid: number): readonly string[] {
  return descendants(pid, listProcesses()).map(one => one.commandLine.join(' '));
}

export async function waitUntilListening(port: number): Promise<void> {
  let open = false;
  const attempt = (): void => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      open = true;
      socket.destroy();
    });
    socket.once('error', () => setTimeout(attempt, 50));
  };
  attempt();
  await waitUntil(`port ${port} to answer`, () => open);
}

/** Established connections at a port of ours, seen from /proc. */
export function connections(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter(line => line.includes(`:${hex} `) && line.includes(' 01 ')).length;
}

/** Nothing says when a program has done all that it does at its start; half a second is ample for these. */
export function settle(): Promise<void> {
  return sleep(700);
}

export function startTmux(socket: string): Started {
  return startBare(['/usr/bin/tmux', '-D', '-S', socket, '-f', '/dev/null'], {
    env: { TERM: 'xterm', PATH: '/usr/bin:/bin' },
  });
}

export const GO_SERVER = `package main
import ("net/http"; "time")
func main() {
	go func() { for { time.Sleep(10 * time.Millisecond) } }()
	http.ListenAndServe("127.0.0.1:7407", nil)
}
`;

/** Asks a server to shut down (SIGINT), waits, and ends it by force if it has not. */
export async function endPolitely(server: Started): Promise<void> {
  if (readProcess(server.pid) !== undefined) process.kill(server.pid, 'SIGINT');
  await waitUntil(
    `server ${server.pid} to shut down`,
    () => (readProcess(server.pid)?.state ?? 'Z') === 'Z',
    20_000,
  ).finally(() => server.end());
}
