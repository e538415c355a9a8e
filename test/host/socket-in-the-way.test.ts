import { existsSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, refusal, start, until } from './support.js';

const LISTENER = `
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1]); listener.listen()
while True: listener.accept()[0].sendall(b"the frozen one")
`;

describe.skipIf(cannotFreeze)(
  `a thaw where a socket lies in the way${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('is refused when somebody listens, by name, and goes on over one that was left', async () => {
      const [store, place] = [await folder(), await folder()];
      const path = join(place, 'socket');
      const { pid } = start(python, ['-c', LISTENER, path]);
      await until('the listener', () => existsSync(path));
      expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
        status: 0,
      });
      owned(pid);
      // As systemd does at boot with a service that was not masked.
      unlinkSync(path);
      const server = createServer(client => client.end('the new one')).listen(path);
      await until('the new listener', () => existsSync(path));
      for (const options of [[], ['--dry-run']]) {
        const refused = await refusal(['thaw', 'a', '--store', store, ...options]);
        expect(refused).toMatchObject({ code: 'thaw-socket-taken', exit: 3 });
        expect(refused.message).toContain(`${path} is taken, by node (PID ${process.pid})`);
      }
      const ask = async () => (await execa('socat', ['-', `UNIX-CONNECT:${path}`])).stdout;
      expect(await ask()).toBe('the new one');
      server.close();
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      expect(await ask()).toBe('the frozen one');
    });
  },
);
