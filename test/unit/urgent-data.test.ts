import { expect, it } from 'vitest';
import { urgentData } from '../../src/checkpoint/fill/urgent-data.js';
import type { Socket } from '../../src/host/sockets/index.js';
import type { Tree } from '../../src/image-format/neutral/index.js';

const saved = (length: number): Tree =>
  ({
    openFiles: [{ kind: 'inet-socket', inode: 5, tcp: length === 0 ? {} : { receiveQueue: { length } } }],
  }) as unknown as Tree;
const socket = (receiveQueue: number, state: Socket['state'] = 'established'): Socket => ({
  inode: 5,
  family: 'inet',
  protocol: 'tcp',
  state,
  local: '192.0.2.1:21',
  remote: '192.0.2.2:4000',
  receiveQueue,
  sendQueue: 0,
});

it.each([
  ['all of it', 3, socket(3), false],
  ['nothing', 0, socket(0), false],
  ['all of it, with the end of the peer behind', 3, socket(4, 'closing'), false],
  ['what comes before the urgent byte', 3, socket(7), true],
  ['nothing, as the urgent byte is the next', 0, socket(4), true],
] as const)('a connection of which CRIU saved %s', (_, length, seen, urgent) => {
  const found = urgentData(saved(length), [seen]);
  if (urgent) expect(found).toContain('192.0.2.1:21 – 192.0.2.2:4000');
  else expect(found).toBeUndefined();
});

it('has none where it is not seen', () => expect(urgentData(saved(0), [])).toBeUndefined());
