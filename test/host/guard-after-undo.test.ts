/** A thaw that is undone after it has let packets in leaves the connections as silent as they were. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import {
  alive,
  cannotFreeze,
  ckpt,
  criuThat,
  folder,
  owned,
  ownNetwork,
  python,
  start,
  until,
} from './support.js';

const TALK = `
import socket, sys, time
here, there = socket.create_server(('127.0.0.1', 7000)), socket.create_connection(('127.0.0.1', 7000))
peer, _ = here.accept()
open(sys.argv[1], 'w').close()
time.sleep(1000)
`;
/**
 * Ends the CRIU that waits to let the tree run, as soon as packets are let in. Notes of each guard that is loaded whether the
 * tree is there.
 */
const NFT = (real: string, criu: string, tree: number, notes: string): string => `#!/bin/sh
if [ "$1" = -f ] && grep -q '^table inet ckpt-' "$2"; then
  [ -e /proc/${tree} ] && echo there >>${notes} || echo gone >>${notes}
fi
${real} "$@"
status=$?
case "$*" in 'delete table inet ckpt-'*) kill -9 "$(cat ${criu})"; rm ${criu}; sleep 1 ;; esac
exit $status
`;

it.skipIf(cannotFreeze)('a thaw that is undone at its last moment raises both guards again', async () => {
  const [place, store, bin] = [await folder(), await folder(), await folder()];
  const { inside, ran } = await ownNetwork();
  const { pid } = start('nsenter', [...inside.slice(1), python, '-c', TALK, join(place, 'ready')]);
  await until('the connection', () => existsSync(join(place, 'ready')));

  const frozen = await ckpt(['freeze', `${pid}`, '--name', 'a', '--store', store], { inside });
  expect(frozen).toMatchObject({ status: 0, stderr: '' });
  owned(pid);
  const criuPid = join(place, 'criu.pid');
  const CKPT_CRIU = await criuThat(`echo $$ >${criuPid}`, 'restore');
  const real = (await execa('sh', ['-c', 'command -v nft'])).stdout;
  const notes = join(place, 'notes');
  writeFileSync(join(bin, 'nft'), NFT(real, criuPid, pid, notes), { mode: 0o755 });
  const thaw = await ckpt(['thaw', 'a', '--store', store], {
    inside,
    env: { CKPT_CRIU, PATH: `${bin}:${process.env.PATH}` },
  });
  expect(thaw.status).toBe(6);
  expect(alive(pid)).toBe(false);
  // The first keeps the half-built tree out of the talk. The second is there before it goes: a packet for a socket that is gone
  // is answered with a reset.
  expect(readFileSync(notes, 'utf8')).toMatch(/^gone\nthere\n/);
  const tables = (await ran('nft', 'list', 'tables')).split('\n').map(line => line.split(' ').at(-1));
  const [plain = ''] = tables.filter(name => /^ckpt-[0-9a-f]{8}$/.test(`${name}`));
  expect(plain).not.toBe('');
  expect(tables).toContain(`${plain}-kept`);

  expect(await ckpt(['thaw', 'a', '--store', store], { inside })).toMatchObject({ status: 0, stderr: '' });
  expect(await ran('nft', 'list', 'tables')).not.toContain('ckpt-');
});
