import { anonymousKind, MQUEUE_MAGIC, majorOf, minorOf, type OpenFile } from '../../../host/proc/index.js';
import { mib } from '../../../mib.js';
import { isLeftBehind } from '../files-gone-at-boot.js';
import { each, eachFile, type Rule, type TreeFacts } from '../rule.js';
import { hasInnerMounts } from './places.js';

/** What CRIU's `dump_one_file` knows of the kernel's anonymous files (criu/files.c, v3.17.1 to v4.2). */
const SUPPORTED_ANONYMOUS = new Set(['eventfd', 'eventpoll', 'inotify', 'fanotify', 'signalfd', 'timerfd']);
/** Known with a rule of their own. */
const RULED_ANONYMOUS = new Set([
  'pidfd',
  'bpf-map',
  'io_uring',
  'userfaultfd',
  'perf_event',
  'seccomp notify',
]);

const O_PATH = 0o10000000;
const O_DIRECT = 0o40000;
/** The bit of O_TMPFILE that O_DIRECTORY has not. */
const TMPFILE = 0o20000000;

/** linux/magic.h. */
const SECRETMEM_MAGIC = 0x5345434d;
const FUSE_MAGIC = 0x65735546;
const NFS_MAGIC = 0x6969;
const HUGETLBFS_MAGIC = 0x958458f6;

function anonymous(wanted: string, words: string): Rule['find'] {
  return eachFile(file => (anonymousKind(file.target) === wanted ? words : undefined));
}

export const descriptorRules: readonly Rule[] = [
  {
    id: 'io-uring',
    looksFor: 'an io_uring',
    severity: 'cannot',
    why: 'CRIU cannot save an io_uring: the kernel shows neither its settings nor what is in flight.',
    remedy:
      'Restart the program without it: by its own setting (databases, proxies); by SystemCallFilter=~io_uring_setup and SystemCallErrorNumber=ENOSYS in its unit (Node and others with libuv: from 1.50 on UV_USE_IO_URING=0 is not enough); or by sysctl kernel.io_uring_disabled=2 (since Linux 6.6)',
    find: anonymous('io_uring', 'an io_uring'),
  },
  {
    id: 'userfaultfd',
    looksFor: 'a userfaultfd',
    severity: 'cannot',
    why: 'CRIU cannot save a userfaultfd and the memory it watches.',
    remedy: 'Stop what uses it (live migration, a garbage collector that moves memory)',
    find: anonymous('userfaultfd', 'a userfaultfd'),
  },
  {
    id: 'perf-event',
    looksFor: 'a performance counter',
    severity: 'cannot',
    why: 'CRIU cannot save performance counters.',
    remedy: 'Stop the profiler first',
    find: anonymous('perf_event', 'a performance counter'),
  },
  {
    id: 'seccomp-notify',
    looksFor: 'a listener for system calls of others',
    severity: 'cannot',
    why: 'CRIU cannot save a seccomp listener, through which this process answers another’s system calls.',
    remedy: 'End the sandbox that it supervises first',
    find: anonymous('seccomp notify', 'a seccomp listener'),
  },
  {
    id: 'bpf-map',
    looksFor: 'a BPF map',
    severity: 'unknown',
    why: 'Only a CRIU built with libbpf can save BPF maps, and its version does not tell.',
    remedy: 'See whether `criu check --all` names bpf, or close the map first',
    find: anonymous('bpf-map', 'a BPF map'),
  },
  {
    id: 'eventfd-semaphore',
    looksFor: 'an eventfd that counts as a semaphore',
    severity: 'loss',
    why: 'CRIU does not save EFD_SEMAPHORE: after the thaw one read takes the whole count instead of one of it. Older kernels, such as 6.1, do not show the flag.',
    remedy: 'Restart the program after the switch, or have it use a POSIX semaphore',
    find: eachFile(file =>
      file.lines.some(([key, value]) => key === 'eventfd-semaphore' && value === '1')
        ? 'an eventfd with EFD_SEMAPHORE'
        : undefined,
    ),
  },
  {
    id: 'anonymous-file',
    looksFor: 'a kernel object that CRIU does not know',
    severity: 'cannot',
    why: 'CRIU saves eventfd, epoll, inotify, fanotify, signalfd, timerfd and pidfd; not this.',
    remedy: 'Make the program close it',
    find: eachFile(file => {
      const kind = anonymousKind(file.target);
      if (kind === undefined || SUPPORTED_ANONYMOUS.has(kind) || RULED_ANONYMOUS.has(kind)) return undefined;
      return file.target;
    }),
  },
  {
    id: 'secret-memory',
    looksFor: 'a secret memory file',
    severity: 'cannot',
    why: 'Memory from memfd_secret cannot be read by anybody else, CRIU included.',
    remedy: 'Make the program close it',
    find: eachFile(file => (file.fileSystem === SECRETMEM_MAGIC ? 'secret memory' : undefined)),
  },
  {
    id: 'huge-memory-file',
    looksFor: 'a memory file of huge pages',
    severity: 'unknown',
    why: 'CRIU recognises such a file only while a reserved huge page of the machine is free.',
    remedy: 'Reserve one huge page more than is in use (vm.nr_hugepages)',
    find: eachFile(file =>
      file.target.startsWith('/memfd:') && file.fileSystem === HUGETLBFS_MAGIC ? file.target : undefined,
    ),
  },
  {
    id: 'message-queue',
    looksFor: 'a POSIX message queue',
    severity: 'cannot',
    why: 'CRIU cannot save POSIX message queues.',
    remedy: 'Make the program close the queue first',
    find: eachFile(file =>
      file.fileSystem === MQUEUE_MAGIC ? `the message queue ${file.target}` : undefined,
    ),
  },
  {
    id: 'packet-pipe',
    looksFor: 'a pipe in packet mode',
    severity: 'cannot',
    why: 'CRIU does not save pipes opened with O_DIRECT, whose packet borders it would lose.',
    remedy: 'Make the program use a socket pair (seqpacket) instead',
    find: eachFile(file =>
      file.type === 'fifo' && (file.flags & O_DIRECT) !== 0 && (file.flags & O_PATH) === 0
        ? 'a pipe in packet mode'
        : undefined,
    ),
  },
  {
    id: 'path-only-special',
    looksFor: 'a socket file, fifo or terminal opened by path only',
    severity: 'cannot',
    why: 'CRIU treats what was opened with O_PATH as if it were opened in full, and fails when it asks for the content.',
    remedy: 'Make the program close it',
    find: eachFile(file =>
      (file.flags & O_PATH) !== 0 && isSpecial(file) && !/^(socket|pipe):/.test(file.target)
        ? `${file.target}, opened by path only`
        : undefined,
    ),
  },
  {
    id: 'block-device',
    looksFor: 'an open block device',
    severity: 'cannot',
    why: 'CRIU does not save open block devices.',
    remedy: 'Make the program close the device (unmount, stop the array or the virtual disk)',
    find: eachFile(file => (file.type === 'block' ? file.target : undefined)),
  },
  {
    id: 'character-device',
    looksFor: 'a device other than memory devices, terminals and tun',
    severity: 'cannot',
    why: 'The state of a device (graphics card, KVM, FUSE, input, sound, watchdog…) is not in the process and CRIU has no plug-in for it here.',
    remedy:
      'Make the program close the device (unmount what a FUSE program serves, and mount it again after the switch); for NVIDIA and AMD graphics see CRIU’s cuda and amdgpu plug-ins',
    find: eachFile(file =>
      file.type === 'character' && !knownDevice(file.deviceNumber) ? file.target : undefined,
    ),
  },
  {
    id: 'serial-line',
    looksFor: 'a serial line',
    severity: 'cannot',
    why: 'CRIU restores a serial line only when told of it as external, which ckpt does not do.',
    remedy: 'Make the program close the line',
    find: eachFile(file =>
      file.type === 'character' && isSerial(file.deviceNumber) ? file.target : undefined,
    ),
  },
  {
    id: 'tun-on-host',
    looksFor: 'a tun device of the machine itself',
    severity: 'cannot',
    why: 'CRIU saves tun devices only together with the network namespace they are in.',
    remedy: 'Start the program in a network namespace of its own, or make it close the device',
    find: eachFile((file, { task }, facts) =>
      file.type === 'character' &&
      file.deviceNumber === TUN &&
      facts.snapshot.namespaces.get(task.pid)?.net === facts.snapshot.ownNamespaces.net
        ? file.target
        : undefined,
    ),
  },
  {
    id: 'own-terminal-by-name',
    looksFor: 'the controlling terminal opened as /dev/tty',
    severity: 'cannot',
    why: 'CRIU restores /dev/tty only for the leader of a session that is in the foreground of a terminal whose other side it has not met before.',
    remedy:
      'End it there (a password prompt, a menu), and check again. sudo has it open as long as what it has started runs: have a root shell in tmux by su, or start tmux by sudo',
    find: eachFile((file, { task }, facts) =>
      isDevTty(file) && (task.foregroundGroup !== task.session || holdsMaster(facts))
        ? `/dev/tty, opened by ${task.name}`
        : undefined,
    ),
  },
  {
    id: 'own-terminal-perhaps',
    looksFor: 'the controlling terminal opened as /dev/tty, by the leader in the foreground',
    severity: 'unknown',
    why: 'Whether CRIU can restore /dev/tty depends on the order in which it meets the terminal’s descriptors.',
    remedy: 'End it there, and check again',
    find: eachFile((file, { task }, facts) =>
      isDevTty(file) && task.foregroundGroup === task.session && !holdsMaster(facts)
        ? `/dev/tty, opened by ${task.name}`
        : undefined,
    ),
  },
  {
    id: 'deleted-too-big',
    looksFor: 'a deleted file larger than the limit',
    severity: 'cannot',
    why: 'The file has no name any more, so its content must be carried along, and it is larger than the limit.',
    remedy: 'Raise the limit (--ghost-limit), or make the program close the file',
    find: eachFile((file, _, facts) =>
      file.type === 'regular' &&
      file.names === 0 &&
      !file.target.startsWith('/memfd:') &&
      file.bytesOnDisk > facts.options.ghostLimit
        ? `${file.target}, ${mib(file.bytesOnDisk)}`
        : undefined,
    ),
  },
  {
    id: 'never-named',
    looksFor: 'a file that was opened without a name (O_TMPFILE)',
    severity: 'note',
    why: 'It comes back as a deleted file, which the kernel gives no name any more: a program that names it when it is finished (linkat) fails.',
    remedy: '',
    find: eachFile(file => (file.names === 0 && (file.flags & TMPFILE) !== 0 ? file.target : undefined)),
  },
  {
    id: 'mount-gone',
    looksFor: 'a file on a mount that the process does not see',
    severity: 'cannot',
    why: 'The file system it is on has been unmounted lazily or lies in another mount namespace, so no path leads to it.',
    remedy: 'Make the program close the file',
    find: eachFile((file, process, facts) => {
      if (file.type !== 'regular' && file.type !== 'directory') return undefined;
      if (hasInnerMounts(process.task.pid, facts)) return undefined;
      if (file.mountId === undefined || process.mounts.length === 0) return undefined;
      if (!file.target.startsWith('/') || file.target.startsWith('/memfd:')) return undefined;
      if (file.fileSystem === MQUEUE_MAGIC || file.fileSystem === SECRETMEM_MAGIC) return undefined;
      return process.mounts.some(mount => mount.id === file.mountId) ? undefined : file.target;
    }),
  },
  {
    id: 'memory-file-system',
    looksFor: 'an open file that a reboot takes away, larger than the limit or in mounts of the tree’s own',
    severity: 'unknown',
    why: 'A reboot takes it away (a tmpfs, or a folder that the boot empties, as /tmp of Debian 12), and the thaw needs it under the same path.',
    remedy:
      'Take it along (--file PATH=carry, or a higher --ghost-limit), have it put back before the thaw, or keep such files elsewhere. A /tmp on the disk is left alone with “d /tmp 1777 root root -” in /etc/tmpfiles.d/tmp.conf. Without a reboot nothing is lost',
    find: each(({ goneAtBoot }, { options }) =>
      goneAtBoot
        .filter(file => file.fd !== undefined && isLeftBehind(file, options))
        .map(({ fd, path }) => `fd ${fd} is ${path}`),
    ),
  },
  {
    id: 'late-file-system',
    looksFor: 'an open file on a network or user-space file system',
    severity: 'note',
    why: 'The file system (NFS, FUSE) must be mounted again in the same place before the thaw.',
    remedy: '',
    find: eachFile(file =>
      file.fileSystem === NFS_MAGIC || file.fileSystem === FUSE_MAGIC ? file.target : undefined,
    ),
  },
  {
    id: 'foreign-namespace-handle',
    looksFor: 'a handle of a namespace that nobody in the tree lives in',
    severity: 'cannot',
    why: 'CRIU saves handles of the tree’s own namespaces only.',
    remedy: 'Make the program close the handle',
    find: eachFile((file, _, facts) => {
      const match = /^(cgroup|ipc|mnt|net|pid|time|user|uts):\[(\d+)\]$/.exec(file.target);
      if (match === null) return undefined;
      const inode = Number(match[2]);
      const known = facts.members.some(pid =>
        Object.values(facts.snapshot.namespaces.get(pid) ?? {}).includes(inode),
      );
      return known ? undefined : file.target;
    }),
  },
];

/** Device numbers as stat(2) gives them: 10:200 and 5:0. */
const TUN = (10 << 8) | 200;
const DEV_TTY = 5 << 8;

/** What CRIU asks more of than its path: sockets, fifos, terminals. */
function isSpecial(file: OpenFile): boolean {
  if (file.type === 'socket' || file.type === 'fifo') return true;
  const major = majorOf(file.deviceNumber);
  return file.type === 'character' && (major === 4 || major === 5 || (major >= 136 && major <= 143));
}

function isDevTty(file: OpenFile): boolean {
  return file.type === 'character' && file.deviceNumber === DEV_TTY;
}

function holdsMaster(facts: TreeFacts): boolean {
  return facts.members.some(pid =>
    facts.processes.get(pid)?.files.some(file => file.lines.some(([key]) => key === 'tty-index')),
  );
}

/** Majors of Documentation/admin-guide/devices.txt that CRIU handles (dump_chrdev, get_tty_driver). */
function knownDevice(device: number): boolean {
  const [major, minor] = [majorOf(device), minorOf(device)];
  if (major === 1) return true;
  // TUN and autofs, of the misc devices.
  if (major === 10) return minor === 200 || minor === 235;
  if (major === 5) return minor <= 2;
  // Virtual consoles; serial lines have a rule of their own.
  if (major === 4) return true;
  return (major >= 128 && major <= 143) || isSerial(device);
}

function isSerial(device: number): boolean {
  const [major, minor] = [majorOf(device), minorOf(device)];
  return (major === 4 && minor >= 64) || major === 188 || major === 204;
}
