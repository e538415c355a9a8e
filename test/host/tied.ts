/** A process with a tie to something outside that CRIU cannot freeze, and the outside for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { folder, owned, python } from './support.js';

const servers = new Set<Server>();

afterEach(() => {
  for (const server of servers) server.close();
  servers.clear();
});

const PROGRAM = `
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
print("ready", flush=True)
sys.stdout = open("/dev/null", "w")
os.dup2(sys.stdout.fileno(), 1)
time.sleep(1000)
`;

/** Starts a program that is tied to this process by a unix socket. */
export async function startTied(): Promise<number> {
  const child = spawn(python, ['-c', PROGRAM, await listen()], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('python did not start');
  owned(pid);
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the tied program ended early')));
    child.stdout.once('data', () => resolve());
  });
  // Its standard output leads to nowhere soon after it said that it is ready.
  await once(child.stdout, 'close');
  return pid;
}

/** Listens on a path, and gives it. */
async function listen(): Promise<string> {
  const path = join(await folder(), 'socket');
  const server = createServer(socket => socket.on('error', () => undefined));
  servers.add(server);
  await once(server.listen(path), 'listening');
  return path;
}
