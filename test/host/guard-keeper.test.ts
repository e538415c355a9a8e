/** What empties nftables, as the start, a reload and the stop of Debian's nftables.service do, leaves frozen connections silent. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, ownNetwork, python, start, until } from './support.js';

const TALK = `
import socket, sys, time
here = socket.create_server(('127.0.0.1', 7000))
open(sys.argv[1], 'w').close()
peer, _ = here.accept()
for number in range(10 ** 6):
    peer.send(b'%d\\n' % number)
    time.sleep(0.02)
`;
const LISTEN = `
import socket, sys
peer = socket.create_connection(('127.0.0.1', 7000))
with open(sys.argv[1], 'w', 1) as out:
    for line in peer.makefile(): out.write(line)
`;
/** Counts packets of the talker before any rule of others drops them. */
const SEEN = `table inet seen {
  counter arrived { }
  chain arriving { type filter hook prerouting priority -400; tcp sport 7000 counter name arrived; }
}
`;

it.skipIf(cannotFreeze)('a guard outlives a flush of nftables, and is gone after the thaw', async () => {
  const [place, store] = [await folder(), await folder()];
  const { inside, ran } = await ownNetwork();
  const inIt = (program: string, file: string) => [...inside, python, '-c', program, join(place, file)];
  const [nsenter = '', ...talker] = inIt(TALK, 'ready');
  const { child } = start(nsenter, talker);
  await until('the talker', () => existsSync(join(place, 'ready')));
  const { pid } = start(nsenter, inIt(LISTEN, 'heard').slice(1));
  const heard = (): string[] => readFileSync(join(place, 'heard'), 'utf8').split('\n').slice(0, -1);
  await until('something heard', () => existsSync(join(place, 'heard')) && heard().length > 3);

  const within = { inside };
  expect(await ckpt(['freeze', `${pid}`, '--name', 'a', '--store', store], within)).toMatchObject({
    status: 0,
  });
  owned(pid);
  expect(await ckpt(['guard', '--store', store], within)).toMatchObject({ stdout: 'raised a', status: 0 });
  writeFileSync(join(place, 'seen'), `flush ruleset\n${SEEN}`);
  await ran('nft', '-f', join(place, 'seen'));
  const packets = async (): Promise<number> =>
    Number(/packets (\d+)/.exec(await ran('nft', 'list', 'counters'))?.[1]);
  await until('a packet that nobody waits for', async () => (await packets()) > 0);

  const before = heard().length;
  expect(await ckpt(['thaw', 'a', '--store', store], within)).toMatchObject({ status: 0 });
  await until('more to be heard', () => heard().length > before + 3);
  expect(heard()).toEqual(heard().map((_, at) => String(at)));
  expect(child.exitCode).toBeNull();
  expect(await ran('nft', 'list', 'tables')).toBe('table inet seen');
});
