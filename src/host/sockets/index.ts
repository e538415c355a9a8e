/** Sockets of the machine, from sock-diag (`ss`) and `/proc/PID/net`. */
export {
  readConnections,
  readQueues,
  readSockets,
  readUnixSockets,
  type SocketTable,
} from './read-sockets.js';
export type { Socket, SocketState } from './socket.js';
