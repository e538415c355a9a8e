/** A process tree of some variety to look at while the program warms up: sockets, threads, and a child. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Listens on loopback, is connected to itself, and then makes the file that it was told of. Ends itself, too. */
const TREE = `
const { spawn } = require('node:child_process');
const net = require('node:net');
const child = spawn('sleep', ['100'], { stdio: ['pipe', 'ignore', 'ignore'] });
const server = net.createServer(() => {}).listen(0, '127.0.0.1', () => {
  net.connect(server.address().port, '127.0.0.1', () => require('node:fs').writeFileSync(process.argv[1], ''));
});
const end = () => { child.kill('SIGKILL'); process.exit(); };
process.on('SIGTERM', end);
setTimeout(end, 300_000);
`;

/** How long it may take to get ready, ms. */
const LIMIT = 30_000;

/**
 * Starts a tree that runs until `end`.
 * @param ready a file that does not exist yet
 */
export async function startTarget(ready: string): Promise<{ readonly pid: number; end(): Promise<void> }> {
  // Nothing may tie it to this process, or it could not be frozen alone.
  const child = spawn(process.execPath, ['-e', TREE, ready], { detached: true, stdio: 'ignore' });
  const exit = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const deadline = performance.now() + LIMIT;
  while (!existsSync(ready)) {
    if (performance.now() > deadline) throw new Error(`waited ${LIMIT} ms for the tree to warm up with`);
    await sleep(20);
  }
  return {
    pid: child.pid ?? 0,
    end: () => {
      child.kill('SIGTERM');
      return exit;
    },
  };
}
