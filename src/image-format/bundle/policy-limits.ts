/**
 * Most entries of the lists in a manifest that say how a tree was frozen: who makes a bundle keeps to them as who reads it. Of
 * sockets that get a descriptor of CRIU's at the thaw there can be as many as lie below those of the journal
 * (host/criu/arguments.ts, `inheritedFiles`).
 */
export const MOST_LISTED = {
  closedSockets: 500,
  journalSockets: 500,
  socketNames: 500,
  processors: 10_000,
  folders: 100_000,
  fifos: 100_000,
  files: 100_000,
  lockedFiles: 100_000,
  dueTimers: 100_000,
  socketOptions: 1_000_000,
} as const;
