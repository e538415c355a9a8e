/** The neutral document: schemas, types, and the document as text. */

export * from './aarch64.js';
export * from './capture.js';
export * from './cgroups.js';
export * from './credentials.js';
export * from './document.js';
export * from './file-objects.js';
export * from './format.js';
export * from './ipc.js';
export * from './json.js';
export * from './kernel-objects.js';
export * from './memory.js';
export * from './namespaces.js';
export * from './network.js';
export * from './open-file-base.js';
export * from './open-files.js';
export * from './processes.js';
export * from './registers.js';
export * from './residue.js';
export * from './scalars.js';
export * from './signals.js';
export * from './sockets.js';
export * from './statistics.js';
export * from './to-json.js';
export * from './tree.js';
