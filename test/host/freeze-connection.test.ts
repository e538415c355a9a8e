import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { criuTables } from './criu-tables.js';
import {
  cannotFreeze,
  ckpt,
  criuThat,
  folder,
  owned,
  refusal,
  start,
  startCounter,
  until,
} from './support.js';

/** Has no socket until there is a file, and then a connection; says so by another file. */
const LATECOMER = `
import os, socket, sys, time
go, there, port = sys.argv[1:]
while not os.path.exists(go): time.sleep(0.005)
mine = socket.create_connection(('127.0.0.1', int(port)))
open(there, 'w').close()
while mine.recv(100): mine.send(b'pong')
`;

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

describe.skipIf(cannotFreeze)(`freezing${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('a tree without sockets leaves no rules for connections in the kernel', async () => {
    const store = await folder();
    const before = await criuTables();
    const counter = await startCounter();
    expect(await ckpt(['freeze', String(counter.pid), '--name', 'a', '--store', store])).toMatchObject({
      status: 0,
    });
    expect(await criuTables()).toEqual(before);
    owned(counter.pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    await counter.runsOn();
  });

  it('a tree without sockets that nobody looked at has rules, and its thaw takes them away', async () => {
    const store = await folder();
    const before = await criuTables();
    const counter = await startCounter();
    const freeze = ['freeze', '--unchecked', String(counter.pid), '--name', 'a', '--store', store];
    expect(await ckpt(freeze)).toMatchObject({ status: 0 });
    expect(await criuTables()).toHaveLength(before.length + 1);
    owned(counter.pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    await counter.runsOn();
    expect(await criuTables()).toEqual(before);
  });

  it('a tree that opens its first connection after the look is refused by name, and keeps it the next time', async () => {
    const [place, store] = [await folder(), await folder()];
    const answers: string[] = [];
    server = createServer(peer => {
      peer.on('error', () => {}).on('data', data => answers.push(String(data)));
      server?.on('ping', () => peer.write('ping'));
    }).listen(0, '127.0.0.1');
    await until('the server to listen', () => server?.listening);
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const [go, there] = [join(place, 'go'), join(place, 'there')];
    const { pid } = start('/usr/bin/python3', ['-c', LATECOMER, go, there, port]);
    await until('the latecomer to wait', async () => (await ckpt(['check', String(pid)])).status === 0);

    // After ours, which lets CRIU go on when the look is over.
    const late = join(place, 'late');
    const wait = `touch '${go}'; while [ ! -e '${there}' ]; do sleep 0.01; done`;
    writeFileSync(late, `#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = pre-dump ] || exit 0\n${wait}\n`, {
      mode: 0o700,
    });
    const criu = await criuThat(`set -- "$@" --action-script '${late}'`);
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store];
    expect(await refusal([...freeze, '--criu', criu])).toMatchObject({
      code: 'freeze-connection-appeared',
      exit: 3,
    });
    server.emit('ping');
    await until('an answer after the refusal', () => answers.length === 1);

    expect(await ckpt(freeze)).toMatchObject({ status: 0 });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    server.emit('ping');
    await until('an answer after the thaw', () => answers.length === 2);
  });
});
