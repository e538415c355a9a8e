/** A process tree of some variety to look at while the program warms up: sockets, threads, and a child. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Closes what whoever runs the build left open to everybody, or it would be tied to them and not be frozen alone.
 * Listens on loopback, is connected to itself, and then makes the file that it was told of. Ends itself, too.
 */
const TREE = `
const fs = require('node:fs');
const theirs = new Set(process.argv.slice(2));
for (const fd of fs.readdirSync('/proc/self/fd'))
  try {
    if (Number(fd) > 2 && theirs.has(fs.readlinkSync('/proc/self/fd/' + fd))) fs.closeSync(Number(fd));
  } catch {}
const { spawn } = require('node:child_process');
const net = require('node:net');
const child = spawn('sleep', ['100'], { stdio: ['pipe', 'ignore', 'ignore'] });
const server = net.createServer(() => {}).listen(0, '127.0.0.1', () => {
  net.connect(server.address().port, '127.0.0.1', () => fs.writeFileSync(process.argv[1], ''));
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
  const args = ['-e', TREE, ready, ...openHere()];
  const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore' });
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

/** What this process has open beside its standard streams, as the kernel names it; what is nameless is not shared. */
function openHere(): readonly string[] {
  const folder = '/proc/self/fd';
  return readdirSync(folder)
    .filter(fd => Number(fd) > 2)
    .flatMap(fd => {
      try {
        return [readlinkSync(`${folder}/${fd}`)];
      } catch {
        return [];
      }
    })
    .filter(name => !name.startsWith('anon_inode:'));
}
