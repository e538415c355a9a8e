/** Processes with a tie to something outside that CRIU cannot freeze, and the outside for them. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { folder, owned, python } from './support.js';

const servers = new Set<Server>();

afterEach(() => {
  for (const server of servers) server.close();
  servers.clear();
});

export type Tie = 'unix' | 'tcp' | 'inherited';

/** Starts a program that is tied to this process: by a unix socket, a TCP connection, or a pipe that it inherited. */
export async function startTied(tie: Tie): Promise<number> {
  const where = tie === 'unix' ? join(await folder(), 'socket') : undefined;
  const program = [
    'import socket, sys, time',
    'where = sys.argv[1]',
    's = None',
    'if where.startswith("/"): s = socket.socket(socket.AF_UNIX); s.connect(where)',
    'elif where != "-": s = socket.create_connection(("127.0.0.1", int(where)))',
    'print("ready", flush=True)',
    'sys.stdout = open("/dev/null", "w")',
    'import os; os.dup2(sys.stdout.fileno(), 1)',
    'time.sleep(1000)',
  ].join('\n');
  const address = tie === 'inherited' ? '-' : await listen(where);
  const stdio = ['ignore', 'pipe', 'ignore', tie === 'inherited' ? 'pipe' : 'ignore'] as const;
  const child = spawn(python, ['-c', program, address], { detached: true, stdio: [...stdio] });
  const { pid } = child;
  if (pid === undefined) throw new Error('python did not start');
  owned(pid);
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the tied program ended early')));
    child.stdout?.once('data', () => resolve());
  });
  // Its standard output leads to nowhere soon after it said that it is ready.
  await new Promise(resolve => child.stdout?.once('close', resolve));
  return pid;
}

/** Listens on a path, or on a free port of loopback; gives what a client needs. */
async function listen(path: string | undefined): Promise<string> {
  const server = createServer(socket => socket.on('error', () => undefined));
  servers.add(server);
  await new Promise<void>(resolve => server.listen(path ?? { host: '127.0.0.1', port: 0 }, resolve));
  const address = server.address();
  return typeof address === 'object' ? String(address?.port) : (path ?? '');
}
