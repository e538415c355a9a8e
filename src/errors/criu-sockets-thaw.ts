import { Exit, table } from './failure.js';

/** What CRIU's log says when sockets cannot come back as they were. */
export const criuSocketThawFailures = table({
  'criu-port-taken': {
    exit: Exit.refused,
    what: 'an address and port that process {pid} ({name}) needs are taken',
    why: 'another process listens there: often the same service, which the system has started again',
    hint: 'see who: ss -lntup; stop that one (systemctl stop UNIT), then: ckpt thaw {bundle}',
  },
  'criu-address-missing': {
    exit: Exit.refused,
    what: 'a network address that process {pid} ({name}) had is not on this machine (yet)',
    why: 'its interface is not up, has another address, or the machine is another one',
    hint: 'see what there is: ip -br address; bring the interface up or add the address (ip address add ADDRESS dev INTERFACE), then: ckpt thaw {bundle}; where another machine has taken it over (keepalived), give the connections up: ckpt thaw {bundle} --tcp close',
  },
  'criu-route-missing': {
    exit: Exit.refused,
    what: 'this machine has no route (yet) to the peer of a connection of process {pid} ({name})',
    why: 'the route is missing, or the address that the connection had (net.ipv4.ip_nonlocal_bind=1 does not help a connection)',
    hint: 'see what there is: ip -br address; ip route; bring both back, then: ckpt thaw {bundle}; or give the connections up: ckpt thaw {bundle} --tcp close',
  },
  'criu-connection-unwanted': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has TCP connections in the bundle, and --tcp refuse asks not to bring them back',
    why: 'a connection that is neither kept nor closed on purpose would break',
    hint: 'keep them: ckpt thaw {bundle} --tcp established; or give them up: --tcp close',
  },
  'criu-unix-folder-missing': {
    exit: Exit.refused,
    what: 'the folder of the unix socket {path} is not there',
    why: 'process {pid} ({name}) listened there; /run and /tmp are empty after a boot',
    hint: 'make the folder again with the owner that it had (mkdir, or: systemd-tmpfiles --create), then: ckpt thaw {bundle}',
  },
  'criu-unix-peer-missing': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) was connecting to a unix socket of a process outside the tree',
    why: 'the connection waited to be accepted there at the freeze, and its other end is not in the bundle',
    hint: 'this bundle cannot be thawed as it is; start the program again, and freeze it together with its server the next time: ckpt check PID names it',
  },
  'criu-socket-buffer': {
    exit: Exit.missing,
    what: 'the sockets of process {pid} ({name}) cannot be given their buffer sizes: CAP_NET_ADMIN is missing',
    why: 'CRIU sets them with a right that this environment (a container, a service) has taken away',
    hint: 'run ckpt with that capability (docker: --cap-add NET_ADMIN; systemd: CapabilityBoundingSet=), then: ckpt thaw {bundle}',
  },
  'criu-connection-taken': {
    exit: Exit.refused,
    what: 'a TCP connection of process {pid} ({name}) cannot be made again: its address and port are in use',
    why: 'another process has a connection between the same two addresses and ports by now, or the address of this machine has gone',
    hint: 'see who: ss -tnp; end that one (or ip -br address, if the address has gone), then: ckpt thaw {bundle}; or give the connections up: --tcp close',
  },
});
