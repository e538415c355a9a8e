import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../vm-tests/driver/ports.js';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** Answers one question on each connection. */
const SERVER = `
import asyncio, sys
async def answer(reader, writer):
    try:
        writer.write(b"answer to " + await reader.readline()); await writer.drain()
    except OSError: pass
    writer.close()
async def main():
    async with await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]), backlog=500): await asyncio.Event().wait()
asyncio.run(main())
`;
/** Asks all the time, several at once, each on a connection of its own; writes down how many were answered, and how not. */
const CLIENTS = `
import os, socket, sys, threading, time
port, file = int(sys.argv[1]), sys.argv[2]
answered, failed, lock = [0], {}, threading.Lock()
def ask():
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as mine:
                mine.sendall(b"question\\n"); got = b""
                while piece := mine.recv(100): got += piece
            outcome = None if got == b"answer to question\\n" else repr(got)
        except OSError as error: outcome = repr(error)
        with lock:
            if outcome is None: answered[0] += 1
            else: failed[outcome] = failed.get(outcome, 0) + 1
for _ in range(8): threading.Thread(target=ask, daemon=True).start()
while True:
    with lock: state = "%d %s" % (answered[0], failed)
    open(file + ".new", "w").write(state); os.rename(file + ".new", file)
    time.sleep(0.05)
`;

/** Has fifty children, each for a moment only, as a server that starts a process for each client. */
const FORKING = `
import os, random, time
children = 0
while True:
    if children < 50:
        children += 1
        if os.fork() == 0:
            time.sleep(random.random() * 0.03); os._exit(0)
    else:
        os.wait(); children -= 1
`;

/** Parts that talk to each other all the time, each time on a new connection, as those of a mail server. */
const INNER = `
import os, random, socket, sys, time
path = sys.argv[1]
listening = socket.socket(socket.AF_UNIX); listening.bind(path); listening.listen(100)
for _ in range(4):
    if os.fork() == 0:
        while True:
            with socket.socket(socket.AF_UNIX) as mine:
                mine.connect(path); mine.sendall(b"question"); mine.recv(100)
            time.sleep(random.random() * 0.01)
open(path + ".ready", "w").close()
while True:
    client, _ = listening.accept()
    with client: client.recv(100); client.sendall(b"answer")
`;

async function childrenOf(pid: number): Promise<number> {
  const { stdout } = await execa('pgrep', ['-c', '-P', String(pid)], { reject: false });
  return Number(stdout);
}

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

describe.skipIf(cannotFreeze)(
  `a server with ever new clients${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('is checked, frozen and thawed without asking twice, and who comes meanwhile is served later', async () => {
      const [store, place, port] = [await folder(), await folder(), String(await freePort())];
      const { pid } = start(python, ['-c', SERVER, port]);
      await until('the server', () => answers(Number(port)));
      const file = join(place, 'state');
      const { pid: clients } = start(python, ['-c', CLIENTS, port, file]);
      const state = (): string => readFileSync(file, 'utf8');
      const goOn = async (): Promise<void> => {
        const before = Number.parseInt(state(), 10);
        await until('more answers', () => Number.parseInt(state(), 10) > before + 50);
      };
      await until('clients', () => {
        try {
          return Number.parseInt(state(), 10) > 100;
        } catch {
          return false;
        }
      });
      for (let turn = 0; turn < 5; turn += 1) {
        const check = await ckpt(['check', String(pid)]);
        expect([check.status, check.stdout]).toEqual([expect.toBeOneOf([0, 8]), expect.any(String)]);
      }
      const freeze = ['freeze', String(pid), '--store', store, '--name'];
      for (let turn = 0; turn < 5; turn += 1) {
        const frozen = await ckpt([...freeze, `running-${turn}`, '--leave-running']);
        expect([frozen.status, frozen.stderr]).toEqual([0, expect.not.stringContaining('cannot')]);
        await goOn();
      }
      expect(state()).toMatch(/ \{\}$/);
      expect((await ckpt([...freeze, 'a'])).status).toBe(0);
      owned(pid);
      expect((await ckpt(['thaw', 'a', '--store', store])).status).toBe(0);
      await goOn();
      process.kill(clients, 'SIGKILL');
    });

    it('is no obstacle where its own parts are the clients', async () => {
      const [store, path] = [await folder(), join(await folder(), 'inner')];
      const { pid } = start(python, ['-c', INNER, path]);
      await until('its parts to talk', () => existsSync(`${path}.ready`));
      for (let turn = 0; turn < 10; turn += 1) {
        const check = await ckpt(['check', String(pid)]);
        expect([check.status, check.stdout]).toEqual([0, expect.any(String)]);
      }
      for (let turn = 0; turn < 3; turn += 1) {
        const name = `running-${turn}`;
        const frozen = await ckpt([
          'freeze',
          String(pid),
          '--store',
          store,
          '--name',
          name,
          '--leave-running',
        ]);
        expect(frozen).toMatchObject({ status: 0, stderr: '' });
      }
    });

    it('is no obstacle where it has a process for each of them', async () => {
      const store = await folder();
      const { pid } = start(python, ['-c', FORKING]);
      await until('its children', async () => (await childrenOf(pid)) > 10);
      for (let turn = 0; turn < 10; turn += 1) {
        const check = await ckpt(['check', String(pid)]);
        expect([check.status, check.stdout]).toEqual([0, expect.any(String)]);
      }
      for (let turn = 0; turn < 3; turn += 1) {
        const freeze = [
          'freeze',
          String(pid),
          '--store',
          store,
          '--name',
          `running-${turn}`,
          '--leave-running',
        ];
        expect(await ckpt(freeze)).toMatchObject({ status: 0, stderr: '' });
      }
    });
  },
);
