/** Rules by which a release of CRIU keeps frozen connections silent, and which another release does not take away. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { criuFromToolbox, type ToolboxVersion } from '../../scripts/toolbox/index.js';
import { cannotFreeze, ckpt, folder, owned, ownNetwork, python, start, until } from './support.js';

/** A server, and a client that notes what it hears. */
const TALK = `
import socket, sys, time
here = socket.create_server(('127.0.0.1', 7000))
there = socket.create_connection(('127.0.0.1', 7000)); there.settimeout(1)
peer, _ = here.accept()
for number in range(10 ** 6):
    peer.send(b'.')
    try: heard = there.recv(1)
    except TimeoutError: continue
    open(sys.argv[1], 'ab').write(heard)
    time.sleep(0.02)
`;

async function frozenBy(criu: ToolboxVersion) {
  const [heardIn, store, { inside, ran }] = [
    join(await folder(), 'heard'),
    await folder(),
    await ownNetwork(),
  ];
  const { pid } = start(inside[0] ?? '', [...inside.slice(1), python, '-c', TALK, heardIn]);
  const heard = (): number => (existsSync(heardIn) ? readFileSync(heardIn).length : 0);
  await until('something heard', () => heard() > 1);
  const env = { CKPT_CRIU: await criuFromToolbox(criu) };
  const frozen = await ckpt(['freeze', `${pid}`, '--name', 'a', '--store', store], { inside, env });
  expect(frozen).toMatchObject({ status: 0, stderr: '' });
  owned(pid);
  const tables = (): Promise<string> => ran('nft', 'list', 'tables');
  expect(await tables()).toContain('CRIU-');
  return { inside, store, heard, tables };
}

for (const [before, after] of [
  ['4.2.1', '4.3'],
  ['4.3', '4.2.1'],
] as const)
  it.skipIf(cannotFreeze)(
    `connections that ${before} froze are heard again when ${after} thaws them`,
    async () => {
      const { inside, store, heard, tables } = await frozenBy(before);
      const stood = heard();
      const env = { CKPT_CRIU: await criuFromToolbox(after) };
      const thaw = await ckpt(['thaw', 'a', '--store', store], { inside, env });
      expect(thaw).toMatchObject({ status: 0, stderr: '' });
      await until('more heard', () => heard() > stood + 1);
      expect(await tables()).toBe('');
    },
  );

for (const criu of ['4.2.1', '4.3'] as const)
  it.skipIf(cannotFreeze)(`a bundle of ${criu} that is removed leaves no rules`, async () => {
    const { inside, store, tables } = await frozenBy(criu);
    expect(await ckpt(['rm', 'a', '--force', '--store', store], { inside })).toMatchObject({ status: 0 });
    expect(await tables()).toBe('');
  });
