/** Settings of sockets that one kernel takes and another does not, or takes for something else. */
import type { OpenFile, Tree } from '../../image-format/neutral/index.js';
import { isLinkLocal } from '../shapes/addresses.js';
import { isBefore, type KernelStep, type KernelVersion, mapChanged } from './step.js';

/** UDP-Lite is gone from 7.1 on (measured on 7.2: socket(2) says EPROTONOSUPPORT). */
export const udpLite: KernelStep = {
  name: 'udp-lite',
  apply(tree, { kernel, lost }) {
    if (isBefore(kernel, [7, 1])) return tree;
    tree.openFiles.forEach((file, index) => {
      if (file.kind !== 'inet-socket' || file.protocol !== 'udp-lite') return;
      lost({
        field: 'openFiles.protocol',
        at: `/openFiles/${index}`,
        severity: 'fatal',
        reason: 'a process has a UDP-Lite socket, and this kernel has no UDP-Lite any more',
      });
    });
    return tree;
  },
};

/**
 * SO_BUF_LOCK came in 5.14. CRIU writes it for every socket where its kernel has it, even when nothing is locked, and
 * cannot restore a socket whose image has it where the kernel has not.
 */
export const bufferLocks = withoutOptions({
  name: 'buffer-locks',
  refuses: kernel => isBefore(kernel, [5, 14]),
  field: 'openFiles.options.bufferLocks',
  reason:
    'kernels before 5.14 cannot be told that the program set the buffer sizes of a socket itself; the sizes stay',
  drop(file) {
    if (!('options' in file) || file.options.bufferLocks === undefined) return undefined;
    const { bufferLocks: locks, ...options } = file.options;
    return { file: { ...file, options }, wasSet: locks.length > 0 };
  },
});

/**
 * SO_PASSCRED and SO_PASSSEC are only for sockets that can pass credentials since 6.16 (net/core/sock.c, sk_may_scm_recv):
 * others answer EOPNOTSUPP, and CRIU ends the restore. They never passed anything there.
 */
export const passedCredentials = withoutOptions({
  name: 'passed-credentials',
  refuses: kernel => !isBefore(kernel, [6, 16]),
  field: 'openFiles.options.passCredentials',
  reason:
    'kernels from 6.16 on refuse SO_PASSCRED and SO_PASSSEC for a socket that passes no credentials: the options did nothing',
  drop(file) {
    if (file.kind !== 'inet-socket' && file.kind !== 'packet-socket') return undefined;
    const { passCredentials, passSecurity, ...options } = file.options;
    if (passCredentials !== true && passSecurity !== true) return undefined;
    return { file: { ...file, options }, wasSet: true };
  },
});

/**
 * Since 6.7 the lowest bit of a timestamp that is set in repair mode says whether the connection counts microseconds
 * (net/ipv4/tcp.c, do_tcp_setsockopt, TCP_TIMESTAMP; read there, it is 0 for milliseconds). Before, it was a bit like the
 * others: half of the connections would count a thousand times too fast, and a peer with an older kernel or another system,
 * after 36 minutes of silence, would find their clock behind its own and drop everything (PAWS, RFC 7323).
 */
export const tcpTimestampUnit: KernelStep = {
  name: 'tcp-timestamp-unit',
  apply(tree, { kernel, lost }) {
    const older = isBefore(kernel, [6, 7]);
    return eachFile(tree, (file, at) => {
      if (file.kind !== 'inet-socket' || file.tcp?.timestamp === undefined) return file;
      const { options, timestamp } = file.tcp;
      if (options.includes('microsecond-timestamps')) {
        if (older) {
          lost({
            field: 'openFiles.tcp.options',
            at,
            severity: 'degrading',
            reason:
              'kernels before 6.7 count TCP timestamps in milliseconds only: the peer of a connection takes it for slower than it is',
          });
        }
        return file;
      }
      if (older || timestamp % 2 === 0) return file;
      return { ...file, tcp: { ...file.tcp, timestamp: (timestamp + 1) >>> 0 } };
    });
  },
};

/**
 * CRIU binds a connection, and connects it, without its interface (criu/sk-tcp.c, restore_tcp_conn_state(), up to 4.3), which Linux
 * takes for no link-local address (net/ipv6/af_inet6.c, __inet6_bind()). No thaw can do anything about that, so it is for
 * a freeze to see; a connection that is closed has no `tcp`.
 */
export const linkLocalConnections: KernelStep = {
  name: 'link-local-connections',
  apply(tree, { lost }) {
    tree.openFiles.forEach((file, index) => {
      if (file.kind !== 'inet-socket' || file.tcp === undefined) return;
      const ends = [file.localAddress, file.peerAddress].filter(isLinkLocal);
      if (ends.length === 0) return;
      lost({
        field: 'openFiles.localAddress',
        at: `/openFiles/${index}`,
        severity: 'fatal',
        reason: `CRIU cannot bring back a TCP connection over IPv6 link-local addresses (${ends.join(' – ')})`,
      });
    });
    return tree;
  },
};

/** Options of sockets that some kernels refuse, and that nobody misses there. */
interface RefusedOptions {
  readonly name: string;
  readonly refuses: (kernel: KernelVersion) => boolean;
  readonly field: string;
  readonly reason: string;
  /** The file without the options, and whether the program had set one; undefined for a file that stays as it is. */
  readonly drop: (file: OpenFile) => { readonly file: OpenFile; readonly wasSet: boolean } | undefined;
}

function withoutOptions({ name, refuses, field, reason, drop }: RefusedOptions): KernelStep {
  return {
    name,
    apply(tree, { kernel, lost }) {
      if (!refuses(kernel)) return tree;
      return eachFile(tree, (file, at) => {
        const dropped = drop(file);
        if (dropped?.wasSet) lost({ field, at, severity: 'harmless', reason });
        return dropped?.file ?? file;
      });
    },
  };
}

function eachFile(tree: Tree, change: (file: OpenFile, at: string) => OpenFile): Tree {
  const openFiles = mapChanged(tree.openFiles, (file, index) => change(file, `/openFiles/${index}`));
  return openFiles === tree.openFiles ? tree : { ...tree, openFiles };
}
