import { type Answer, withFamily } from './answer.js';

const OUTSIDE: Answer = { verdict: 'cannot', because: ['tie:unix'], ties: ['blocking unix root !outer'] };

/** Of `creatures/conversations.py`. */
export const CONVERSATION_ANSWERS: Readonly<Record<string, Answer>> = {
  conversations_inside: {
    verdict: 'can',
    because: [],
    ties: withFamily('peer', [
      ...Array(4).fill('inside tcp peer root'),
      ...Array(2).fill('inside udp peer root'),
      ...Array(2).fill('inside unix peer root'),
    ]),
  },
  // A listener that has not accepted is the other end all the same; so is the UDP server that is connected to nobody.
  conversations_outside: {
    verdict: 'can-with-losses',
    because: ['tie:tcp', 'tie:udp'],
    ties: [...Array(4).fill('crossing tcp root !outer'), ...Array(2).fill('crossing udp root !outer')],
  },
  // TCP between two trees is kept: CRIU restores each end by itself.
  two_trees_tcp: { verdict: 'can', because: [], ties: ['inside tcp root second'] },
  two_trees_datagrams: { verdict: 'cannot', because: ['tie:unix'], ties: ['blocking unix root second'] },
  // Separate sockets on one port: nothing is shared.
  port_shared: { verdict: 'can', because: [], ties: withFamily('peer') },
  lonely_sockets: { verdict: 'can-with-losses', because: ['packet-ring'], ties: [] },
  multicast: { verdict: 'can', because: [], ties: [] },
  netlink_high_group: { verdict: 'cannot', because: ['netlink-group'], ties: [] },
  unix_strange_names: { ...OUTSIDE, ties: [...OUTSIDE.ties, ...OUTSIDE.ties] },
  unix_packets_outside: OUTSIDE,
  unix_siblings: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group client root server writer',
      'inside parent client root',
      'inside parent root server',
      'inside parent root writer',
      'inside session client root server writer',
      'inside unix client server',
      'inside unix client server',
      'inside unix server writer',
    ],
  },
  // CRIU 4.3 can; which of both is read first, the check or the message, nobody knows.
  unread_credentials: { verdict: 'cannot-know', because: ['unread-from-user'], ties: [] },
  unread_at_the_door: {
    verdict: 'cannot-know',
    because: ['unread-at-the-door'],
    ties: withFamily('peer', ['inside unix peer root']),
  },
  unread_handles: { verdict: 'cannot-know', because: ['unread-from-handle'], ties: [] },
  // The writer outside is tied to it, but nobody can see what is under way.
  pipe_in_flight: { verdict: 'cannot-know', because: ['in-flight'], ties: [] },
  terminal_in_flight: { verdict: 'cannot-know', because: ['in-flight'], ties: [] },
};
