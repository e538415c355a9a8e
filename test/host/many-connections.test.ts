import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { criuFromToolbox } from '../../scripts/toolbox/index.js';
import {
  alive,
  cannotFreeze,
  criu,
  folder,
  ckpt as plainCkpt,
  program,
  python,
  type Ran,
  start,
  until,
} from './support.js';

/** Both ends of COUNT connections; at SIGUSR1 a word goes through each, either way, and how many arrived is written down. */
const CROWD = `
import os, signal, socket, sys
count, place = int(sys.argv[1]), sys.argv[2]
server = socket.create_server(("127.0.0.1", 0), backlog=count)
pairs = [(socket.create_connection(server.getsockname()), server.accept()[0]) for _ in range(count)]
for pair in pairs:
    for end in pair: end.settimeout(20)
def talk(*_):
    whole = 0
    for number, (one, other) in enumerate(pairs):
        word = b"%06d" % number
        one.sendall(word); other.sendall(word)
        whole += one.recv(6) == word and other.recv(6) == word
    with open(place + "/said.new", "w") as file: file.write(str(whole))
    os.rename(place + "/said.new", place + "/said")
signal.signal(signal.SIGUSR1, talk)
open(place + "/ready", "w").close()
while True: signal.pause()
`;
const COUNT = 300;

/** The usual CRIU with the nftables library of Debian 13, as an older one has it. */
async function criuBySelect(): Promise<string> {
  const [place, usual, older] = await Promise.all([folder(), criu(), criuFromToolbox('4.1.1')]);
  const own = join(dirname(usual), 'lib');
  const library = 'libnftables.so.1';
  copyFileSync(join(dirname(older), 'lib', library), join(place, library));
  const words = ['--argv0', 'criu', '--library-path', `${place}:${own}`, join(own, '..', 'bin', 'criu')];
  const path = join(place, 'criu');
  const text = `#!/bin/sh\nexec "${own}/ld-linux-x86-64.so.2" ${words.join(' ')} "$@"\n`;
  writeFileSync(path, text, { mode: 0o700 });
  return path;
}

async function ckpt(args: readonly string[]): Promise<Ran> {
  return plainCkpt(args, { env: { CKPT_CRIU: await criuBySelect() } });
}

async function lockOf(root: number): Promise<string> {
  const { stdout, stderr } = await execa('nft', ['list', 'table', 'inet', `CRIU-${root}`], { reject: false });
  return stdout || stderr;
}

describe.skipIf(cannotFreeze)(
  `more connections than CRIU's nftables can do${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    async function crowd() {
      const place = await folder();
      const { pid } = start(python, ['-c', CROWD, String(COUNT), place]);
      await until('all to be connected', () => existsSync(join(place, 'ready')));
      const talked = async (): Promise<string> => {
        process.kill(pid, 'SIGUSR1');
        await until('a word through each connection', () => existsSync(join(place, 'said')));
        return readFileSync(join(place, 'said'), 'utf8');
      };
      return { pid, place, talked };
    }

    it('are silent while they are frozen, and all there afterwards', async () => {
      const { pid, talked } = await crowd();
      const store = await folder();
      const frozen = await ckpt(['freeze', String(pid), '--name', 'crowd', '--store', store]);
      expect(frozen.status, frozen.stderr).toBe(0);
      expect((await lockOf(pid)).match(/127\.0\.0\.1 \. \d+ \. 127\.0\.0\.1 \. \d+/g)).toHaveLength(
        2 * COUNT,
      );
      const thawed = await ckpt(['thaw', 'crowd', '--store', store]);
      expect(thawed.status, thawed.stderr).toBe(0);
      expect(await lockOf(pid)).toContain('No such file');
      expect(await talked()).toBe(String(COUNT));
    });

    it('are heard again where the processes run on', async () => {
      const { pid, talked } = await crowd();
      const store = await folder();
      const copied = await ckpt([
        'freeze',
        String(pid),
        '--name',
        'crowd',
        '--store',
        store,
        '--leave-running',
        '--unchecked',
      ]);
      expect(copied.status, copied.stderr).toBe(0);
      expect(await lockOf(pid)).toContain('No such file');
      expect(await talked()).toBe(String(COUNT));
      expect(alive(pid)).toBe(true);
    });

    it('are left to a CRIU whose library can wait for all of them', async () => {
      const { pid, talked } = await crowd();
      const store = await folder();
      expect(await plainCkpt(['freeze', String(pid), '--name', 'crowd', '--store', store])).toMatchObject({
        status: 0,
      });
      expect(await lockOf(pid)).toContain('No such file');
      expect(await plainCkpt(['thaw', 'crowd', '--store', store])).toMatchObject({ status: 0 });
      expect(await talked()).toBe(String(COUNT));
    });

    it('are heard again when ckpt is killed in the middle: CRIU lets the processes run on', async () => {
      const { pid, talked } = await crowd();
      const store = await folder();
      const words = ['freeze', String(pid), '--name', 'crowd', '--store', store];
      const env = { CKPT_CRIU: await criuBySelect() };
      const freezing = execa(program, words, { env, reject: false, stdin: 'ignore' });
      await until('the connections to be silent', async () => (await lockOf(pid)).includes('127.0.0.1'));
      process.kill(freezing.pid ?? 0, 'SIGKILL');
      await freezing;
      await until('the rules to go', async () => (await lockOf(pid)).includes('No such file'));
      await until(
        'CRIU to be gone',
        () => /^TracerPid:\s+0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
        60_000,
      );
      expect(await talked()).toBe(String(COUNT));
    });

    it('are free once nobody is to thaw them', async () => {
      const { pid } = await crowd();
      const store = await folder();
      expect(await ckpt(['freeze', String(pid), '--name', 'crowd', '--store', store])).toMatchObject({
        status: 0,
      });
      expect(await ckpt(['rm', 'crowd', '--force', '--store', store])).toMatchObject({ status: 0 });
      expect(await lockOf(pid)).toContain('No such file');
    });
  },
);
