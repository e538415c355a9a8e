/** Every option of sockets that CRIU forgets, on every kind of socket that takes it: read before a freeze, and after the thaw. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORGOTTEN_OPTIONS } from '../../src/host/sockets/forgotten-options.js';
import { alive, cannotFreeze, ckpt, folder, python, refusal, start, until } from './support.js';

const why = cannotFreeze === undefined ? '' : ` (${cannotFreeze})`;

/** Listens at an address of nobody's. */
const FOREIGN = `
import os, socket, sys, time
server = socket.socket(); server.setsockopt(0, 19, 1); server.bind(('198.51.100.7', 0)); server.listen()
open(sys.argv[1], 'w').close()
while True: time.sleep(0.05)
`;

/** Has both ends of a connection from an address that the machine has lost, but lets sockets be bound to. */
const MOVED = `
import os, socket, sys, time
for words in 'link set lo up', 'address add 192.0.2.1/32 dev lo': os.system('ip ' + words)
open('/proc/sys/net/ipv4/ip_nonlocal_bind', 'w').write('1')
server = socket.create_server(('192.0.2.1', 0))
client = socket.create_connection(server.getsockname()); end = server.accept()[0]
os.system('ip address del 192.0.2.1/32 dev lo')
open(sys.argv[1], 'w').close()
while True: time.sleep(0.05)
`;

/** Has urgent data that it has not read, and reads it at SIGUSR1. */
const URGENT = `
import os, signal, socket, sys, time
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname()); end = server.accept()[0]
client.send(b'before'); client.send(b'!', socket.MSG_OOB); client.send(b'behind')
while b'!' != end.recv(1, socket.MSG_OOB | socket.MSG_PEEK): time.sleep(0.05)
def read(*_):
    with open(sys.argv[1] + '.new', 'wb') as file: file.write(end.recv(99) + end.recv(1, socket.MSG_OOB) + end.recv(99))
    os.rename(sys.argv[1] + '.new', sys.argv[1] + '.read')
signal.signal(signal.SIGUSR1, read)
open(sys.argv[1], 'w').close()
while True: time.sleep(0.05)
`;

/** Has ended its side of a connection, and the peer has answered, and ended its own: at SIGUSR1 it reads that. */
const OVER = `
import os, signal, socket, sys, time
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname()); end = server.accept()[0]
end.shutdown(socket.SHUT_WR); client.send(b'answer' * 9000); client.close()
while end.getsockopt(6, 11, 1) != b'\\x07': time.sleep(0.05)
def read(*_):
    with open(sys.argv[1] + '.new', 'w') as file: file.write(str(len(end.recv(99999, socket.MSG_WAITALL))) + ' and ' + str(end.recv(9)))
    os.rename(sys.argv[1] + '.new', sys.argv[1] + '.read')
signal.signal(signal.SIGUSR1, read)
open(sys.argv[1], 'w').close()
while True: time.sleep(0.05)
`;

describe.skipIf(cannotFreeze)(`what was set on sockets${why}`, () => {
  it('is nothing on a connection that is over, which keeps what nobody has read', async () => {
    const place = await folder();
    const [out, store] = [join(place, 'said'), join(place, 'store')];
    const { pid } = start(python, ['-c', OVER, out]);
    await until('the connection to be over', () => existsSync(out));
    expect(await ckpt(['freeze', `${pid}`, '--name', 'o', '--store', store])).toMatchObject({ status: 0 });
    expect(await ckpt(['thaw', 'o', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    process.kill(pid, 'SIGUSR1');
    await until('what was left to be read', () => existsSync(`${out}.read`));
    expect(readFileSync(`${out}.read`, 'utf8')).toBe("54000 and b''");
  });

  it('is as before after a thaw, with their multicast groups', { timeout: 180_000 }, async () => {
    const place = await folder();
    const [table, out, store] = [join(place, 'table'), join(place, 'said'), join(place, 'store')];
    const rows = FORGOTTEN_OPTIONS.map(({ name, level, option, size }) => [name, level, option, size]);
    await writeFile(table, JSON.stringify(rows));
    const { pid } = start(python, [join(import.meta.dirname, 'programs', 'socket-options.py'), table, out]);
    const said = (turn: number): unknown => JSON.parse(readFileSync(`${out}.${turn}`, 'utf8'));
    await until('the sockets', () => existsSync(`${out}.0`));

    expect(await ckpt(['freeze', `${pid}`, '--name', 'o', '--store', store])).toMatchObject({ status: 0 });
    const thawed = await ckpt(['thaw', 'o', '--store', store]);
    expect(thawed).toMatchObject({ status: 0, stderr: expect.not.stringContaining('could not be set') });
    process.kill(pid, 'SIGUSR1');
    await until('the sockets to be asked again', () => existsSync(`${out}.1`));
    const before = said(0) as Record<string, string>;
    expect(said(1)).toEqual(before);

    // 250 of them on Linux 6.18; older kernels know fewer.
    const tried = new Set(Object.keys(before).map(name => name.split(' ')[1]));
    expect(tried).toContain('IP_TRANSPARENT');
    expect(tried).toContain('TCP_CONGESTION');
    expect(Object.keys(before).length).toBeGreaterThan(200);
    expect(before['udp in 239.1.2.3']).not.toContain('error');
    expect(before['udp in 239.1.2.6']).toContain('error');
  });

  it('keeps a program from being frozen whose address this machine does not have', async () => {
    const ready = join(await folder(), 'ready');
    const { pid } = start(python, ['-c', FOREIGN, ready]);
    await until('the program', () => existsSync(ready));
    const refused = { code: 'freeze-blocked', exit: 3, why: expect.stringContaining('198.51.100.7') };
    expect(await refusal(['freeze', `${pid}`, '--store', await folder()])).toMatchObject(refused);
    expect(alive(pid)).toBe(true);
  });

  it('keeps a program from being frozen whose connection has such an address, whatever sockets may be bound to', async () => {
    const place = await folder();
    const [out, store] = [join(place, 'said'), join(place, 'store')];
    const { pid } = start('unshare', ['--net', python, '-c', MOVED, out]);
    await until('the connection', () => existsSync(out));
    const inside = ['nsenter', `--net=/proc/${pid}/ns/net`];
    const frozen = await ckpt(['freeze', `${pid}`, '--name', 'o', '--store', store], { inside });
    expect(frozen).toMatchObject({ status: 3, stderr: expect.stringContaining('the connection 192.0.2.1:') });
    expect(frozen.stderr).not.toContain('a tcp socket at');
  });

  it('lets a program run on that has urgent data to read, and freezes it afterwards', async () => {
    const ready = join(await folder(), 'ready');
    const { pid } = start(python, ['-c', URGENT, ready]);
    await until('the program', () => existsSync(ready));
    const words = ['freeze', `${pid}`, '--name', 'o', '--store', await folder()];
    const refused = { code: 'freeze-urgent-data', exit: 3, why: expect.stringContaining('127.0.0.1') };
    expect(await refusal(words)).toMatchObject(refused);
    process.kill(pid, 'SIGUSR1');
    await until('the program to read', () => existsSync(`${ready}.read`));
    expect(readFileSync(`${ready}.read`, 'utf8')).toBe('before!behind');
    expect(await ckpt(words)).toMatchObject({ status: 0 });
  });
});
