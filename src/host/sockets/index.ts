/** Sockets of the machine, from sock-diag (`ss`) and `/proc/PID/net`. */

export { isFor, isOfThisMachine, plain, portOf } from './addresses.js';
export type { SocketOption } from './forgotten-options.js';
export type { Ownerless } from './parse-proc-net.js';
export { readConnections, readOwnerless, readQueues, readSockets, readUnixSockets } from './read-sockets.js';
export { type SetSocket, setSocketOptions } from './set-options.js';
export { readSigned } from './signed.js';
export type { Socket } from './socket.js';
export { readTranslated } from './translated.js';
