/** What sock-diag (through `ss -xaneOH`) knows of unix sockets and /proc does not. */
export interface UnixPeer {
  readonly inode: number;
  /** 0 for none. */
  readonly peer: number;
  readonly receiveQueue: number;
  readonly sendQueue: number;
}

/** `u_str ESTAB 0 0 NAME INODE PEERNAME PEERINODE <->`: names may hold spaces, so numbers are taken from the ends. */
const LINE = /^u_\S+\s+\S+\s+(\d+)\s+(\d+)\s+(.*?)\s+(\d+)\s+(.*)\s(\d+)(?:\s+[<>-].*)?\s*$/;

/** Never throws; lines it cannot read are left out. */
export function parseSsUnix(text: string): readonly UnixPeer[] {
  return text.split('\n').flatMap(line => {
    const match = LINE.exec(line);
    if (match === null) return [];
    return [
      {
        inode: Number(match[4]),
        peer: Number(match[6]),
        receiveQueue: Number(match[1]),
        sendQueue: Number(match[2]),
      },
    ];
  });
}
