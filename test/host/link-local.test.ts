/** A connection over link-local addresses, which CRIU dumps without a word and could never restore. */
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { alive, cannotFreeze, ckpt, folder, python, refusal, start, until } from './support.js';

const here = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.filter(({ address }) => address.startsWith('fe80:')).map(({ address }) => `${address}%${name}`),
);
const cannot = cannotFreeze ?? (here.length > 0 ? undefined : 'no interface here has a link-local address');

/** Listens at all addresses; another process is the client, at the one that it is told. */
const SERVER = `
import os, socket, sys, time
server = socket.create_server(('::', 0), family=socket.AF_INET6)
with open(sys.argv[1] + '.new', 'w') as file: file.write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + '.new', sys.argv[1])
connection = server.accept()[0]
open(sys.argv[1] + '.accepted', 'w').close()
while True: time.sleep(0.05)
`;
const CLIENT = `
import socket, sys, time
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True: time.sleep(0.05)
`;

it.skipIf(cannot)(
  `a program with a client at a link-local address is refused, and runs on${cannot === undefined ? '' : ` (${cannot})`}`,
  async () => {
    const portFile = join(await folder(), 'port');
    const { pid } = start(python, ['-c', SERVER, portFile]);
    await until('the server to listen', () => existsSync(portFile));
    start(python, ['-c', CLIENT, here[0] ?? '', readFileSync(portFile, 'utf8')]);
    await until('the client to be accepted', () => existsSync(`${portFile}.accepted`));

    const words = ['freeze', String(pid), '--store', await folder()];
    expect(await ckpt(['check', String(pid)])).toMatchObject({ stdout: expect.stringContaining('fe80::') });
    const refused = { code: 'freeze-blocked', exit: 3, why: expect.stringContaining('link-local') };
    expect(await refusal(words)).toMatchObject(refused);
    const unseen = await refusal([...words, '--unchecked']);
    expect(unseen).toMatchObject({ code: 'freeze-no-way-back', why: expect.stringContaining('fe80::') });
    expect(alive(pid)).toBe(true);
  },
);
