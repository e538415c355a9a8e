/** Settings of sockets that one kernel takes and another does not, or takes for something else. */
import type { OpenFile, Tree } from '../../image-format/neutral/index.js';
import { isBefore, type KernelStep, mapChanged } from './step.js';

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
export const bufferLocks: KernelStep = {
  name: 'buffer-locks',
  apply(tree, { kernel, lost }) {
    if (!isBefore(kernel, [5, 14])) return tree;
    return eachFile(tree, (file, at) => {
      if (!('options' in file) || file.options.bufferLocks === undefined) return file;
      const { bufferLocks: locks, ...options } = file.options;
      if (locks.length > 0) {
        lost({
          field: 'openFiles.options.bufferLocks',
          at,
          severity: 'harmless',
          reason:
            'kernels before 5.14 cannot be told that the program set the buffer sizes of a socket itself; the sizes stay',
        });
      }
      return { ...file, options };
    });
  },
};

/**
 * SO_PASSCRED and SO_PASSSEC are only for sockets that can pass credentials since 6.16 (net/core/sock.c, sk_may_scm_recv):
 * others answer EOPNOTSUPP, and CRIU ends the restore. They never passed anything there.
 */
export const passedCredentials: KernelStep = {
  name: 'passed-credentials',
  apply(tree, { kernel, lost }) {
    if (isBefore(kernel, [6, 16])) return tree;
    return eachFile(tree, (file, at) => {
      if (file.kind !== 'inet-socket' && file.kind !== 'packet-socket') return file;
      const { passCredentials, passSecurity, ...options } = file.options;
      if (passCredentials !== true && passSecurity !== true) return file;
      lost({
        field: 'openFiles.options.passCredentials',
        at,
        severity: 'harmless',
        reason:
          'kernels from 6.16 on refuse SO_PASSCRED and SO_PASSSEC for a socket that passes no credentials: the options did nothing',
      });
      return { ...file, options };
    });
  },
};

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

function eachFile(tree: Tree, change: (file: OpenFile, at: string) => OpenFile): Tree {
  const openFiles = mapChanged(tree.openFiles, (file, index) => change(file, `/openFiles/${index}`));
  return openFiles === tree.openFiles ? tree : { ...tree, openFiles };
}
