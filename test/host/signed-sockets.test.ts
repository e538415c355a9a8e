import { expect, it } from 'vitest';
import { cannotFreeze, ckpt, python, start, until } from './support.js';

/** Listens, with a key for a peer at 192.0.2.9 (struct tcp_md5sig of linux/tcp.h). */
const SIGNED = `
import socket, struct, time
peer = struct.pack('=HH4s120x', socket.AF_INET, 0, socket.inet_aton('192.0.2.9'))
here = socket.socket()
here.setsockopt(socket.IPPROTO_TCP, 14, peer + struct.pack('=BBHi80s', 0, 0, 6, 0, b'secret'))
here.bind(('127.0.0.1', 0))
here.listen()
time.sleep(1000)
`;

it.skipIf(cannotFreeze)('a socket whose segments are signed is refused: its keys would be lost', async () => {
  const { pid } = start(python, ['-c', SIGNED]);
  const checked = await until('the key to be seen', async () => {
    const { status, stdout } = await ckpt(['check', String(pid)]);
    return status === 3 ? stdout : undefined;
  });
  expect(checked).toContain('with keys of TCP MD5');
  expect(checked).not.toContain('secret');
});
