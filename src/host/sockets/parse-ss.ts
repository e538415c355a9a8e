/** What sock-diag (through `ss -xaneOH`) knows of unix sockets and /proc does not. */
export interface UnixPeer {
  readonly inode: number;
  /** 0 for none. */
  readonly peer: number;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  /** Inodes of clients that wait to be accepted; 0 for one that has closed since. */
  readonly waiting: readonly number[];
  /** Of the file that it is bound to (UNIX_DIAG_VFS), whatever that is called by now. */
  readonly fileInode?: number;
}

/**
 * `u_str ESTAB 0 0 NAME INODE PEERNAME PEERINODE <-> ino:… dev:… peers: N N`: names may hold spaces, so numbers are
 * taken from the ends. `peers:` names the clients that wait on a listening socket (UNIX_DIAG_ICONS).
 */
const LINE = /^u_\S+\s+\S+\s+(\d+)\s+(\d+)\s+(.*?)\s+(\d+)\s+(.*)\s(\d+)\s+(?:<->|-->|<--|---)(.*)$/;

/** Never throws; lines it cannot read are left out. */
export function parseSsUnix(text: string): readonly UnixPeer[] {
  return text.split('\n').flatMap(line => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const fileInode = /^ ino:(\d+) /.exec(match[7] ?? '')?.[1];
    return [
      {
        inode: Number(match[4]),
        peer: Number(match[6]),
        receiveQueue: Number(match[1]),
        sendQueue: Number(match[2]),
        waiting: (/peers:((?: \d+)+)/.exec(match[7] ?? '')?.[1] ?? '')
          .split(' ')
          .filter(text => text !== '')
          .map(Number),
        ...(fileInode === undefined ? {} : { fileInode: Number(fileInode) }),
      },
    ];
  });
}
