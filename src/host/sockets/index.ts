/** Sockets of the machine, from sock-diag (`ss`) and `/proc/PID/net`. */
export { readConnections, readQueues, readSockets, readUnixSockets } from './read-sockets.js';
export { readSigned } from './signed.js';
export type { Socket } from './socket.js';
export { readTranslated } from './translated.js';
