import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { criuTables } from './criu-tables.js';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** Answers each line; IPv6, and IPv4 as addresses of IPv6. */
const SERVER = `
import os, selectors, socket, sys
server = socket.create_server(('::', 0), family=socket.AF_INET6, dualstack_ipv6=True)
choice = selectors.DefaultSelector()
choice.register(server, selectors.EVENT_READ)
with open(sys.argv[1] + '.new', 'w') as file: file.write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + '.new', sys.argv[1])
while True:
    for key, _ in choice.select():
        if key.fileobj is server: choice.register(server.accept()[0], selectors.EVENT_READ)
        else:
            data = key.fileobj.recv(100)
            if data: key.fileobj.send(b'answer to ' + data)
            else:
                choice.unregister(key.fileobj)
                key.fileobj.close()
`;

/** From the sixth time on it waits 12.8 s until it tries again (200 ms, and twice as long each time). */
const TRIES = 6;
/** Less than what is left of that after a thaw, and more than an answer takes. */
const SOON = 6_000;

const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

describe.skipIf(cannotFreeze)(`thawing${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('peers that sent something meanwhile are answered at once, and not when they would have tried again', async () => {
    const store = await folder();
    const portFile = join(await folder(), 'port');
    const { pid } = start(python, ['-c', SERVER, portFile]);
    await until('the server to listen', () => existsSync(portFile));
    const port = Number(readFileSync(portFile, 'utf8'));
    const [ipv4, ipv6] = [await talkTo('127.0.0.1', port), await talkTo('::1', port)];
    for (const client of [ipv4, ipv6]) await client.ask('before');

    const tables = await criuTables();
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    // As after a boot: the guard instead of CRIU's own rules, which hold back what peers on this machine send, too.
    expect(await ckpt(['guard', '--store', store])).toMatchObject({ status: 0 });
    for (const table of (await criuTables()).filter(one => !tables.includes(one)))
      await promisify(execFile)('nft', ['delete', ...table.split(' ')]);
    const answers = [ipv4, ipv6].map(client => client.ask('meanwhile'));
    await until('both peers to have tried often', async () => (await fewestTries(port)) >= TRIES, 60_000);

    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    let answered = false;
    void Promise.all(answers).then(() => {
      answered = true;
    });
    await until('both peers to be answered', () => answered, SOON);
    for (const client of [ipv4, ipv6]) await client.ask('after');
  });
});

interface Client {
  /** Ends with the answer, and fails with another one. */
  ask(line: string): Promise<void>;
}

async function talkTo(host: string, port: number): Promise<Client> {
  const socket = createConnection({ host, port });
  clients.push(socket);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    ask: async line => {
      const answer = new Promise<string>((resolve, reject) => {
        socket.once('data', data => resolve(String(data)));
        socket.once('error', reject);
      });
      socket.write(line);
      expect(await answer).toBe(`answer to ${line}`);
    },
  };
}

/** How often the peer that has done it least has sent the same again, without an answer. */
async function fewestTries(port: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ss', ['-tinH', 'dport', '=', `:${port}`]);
  const tries = [...stdout.matchAll(/ backoff:(\d+)/g)].map(([, times]) => Number(times));
  return tries.length < clients.length ? 0 : Math.min(...tries);
}
