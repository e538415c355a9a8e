import { anonymousKind, type Mount, type OpenFile } from '../../../host/proc/index.js';
import { each, eachFile, type Rule } from '../rule.js';

/** Of a pidfd: PIDFD_THREAD (linux/pidfd.h). */
const O_EXCL = 0o200;
/** CLOCK_REALTIME_ALARM and CLOCK_BOOTTIME_ALARM of linux/time.h. */
const ALARM_CLOCKS = new Set(['8', '9']);
const WATCHES = new Set(['inotify', 'fanotify']);
const NO_HANDLES = new Set(['proc', 'sysfs', 'devpts']);

/** linux/magic.h. */
const PROC_MAGIC = 0x9fa0;

/** What refers to processes, threads, clocks and other descriptors. */
export const handleRules: readonly Rule[] = [
  {
    id: 'thread-handle',
    looksFor: 'a pidfd of a thread',
    severity: 'cannot',
    why: 'CRIU saves pidfds of processes, not those of single threads (PIDFD_THREAD).',
    remedy: 'Make the program close it',
    find: eachFile(file =>
      isPidfd(file) && (file.flags & O_EXCL) !== 0 ? 'a pidfd of one thread' : undefined,
    ),
  },
  {
    id: 'pidfd-old-criu',
    looksFor: 'a pidfd, and a CRIU before 4.1',
    severity: 'cannot',
    why: 'CRIU can save pidfds from 4.1 on.',
    remedy: 'Use CRIU 4.1 or newer',
    at: { side: 'freeze', criu: { below: '4.1' } },
    find: eachFile(file => (isPidfd(file) ? 'a pidfd' : undefined)),
  },
  {
    id: 'alarm-timer',
    looksFor: 'a timer that wakes the machine',
    severity: 'cannot',
    why: 'CRIU does not know timers of the alarm clocks (CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM), which wake a sleeping machine.',
    remedy: 'Make the program close the timer',
    find: eachFile(file =>
      file.lines.some(([key, value]) => key === 'clockid' && ALARM_CLOCKS.has(value))
        ? 'a timer of an alarm clock'
        : undefined,
    ),
  },
  {
    id: 'watched-elsewhere',
    looksFor: 'an epoll that watches what its process has closed',
    severity: 'cannot',
    why: 'Another process has it open still, so the poll goes on watching it; CRIU can save a poll only when all that it watches is open in the process itself.',
    remedy: 'Restart the program: it should take a descriptor out of the poll before it closes it',
    find: each(({ watchedElsewhere }) => watchedElsewhere),
  },
  {
    id: 'watch-of-kernel-files',
    looksFor: 'a watch on files that the kernel makes up',
    severity: 'cannot',
    why: 'CRIU finds again what is watched by a handle of the file system, and these (/proc, /sys, /dev/pts) have none.',
    remedy: 'Make the program end the watch',
    find: watchesBelow(({ fileSystem }) => NO_HANDLES.has(fileSystem)),
  },
  {
    id: 'watch-on-overlay',
    looksFor: 'a watch on files of overlayfs',
    severity: 'unknown',
    // fs/overlayfs/export.c; criu/fsnotify.c, check_open_handle(), and the places that criu/irmap.c looks through
    why: 'CRIU finds again what is watched by a handle of the file system, and overlayfs takes back the handles that it gives only where it is mounted with nfs_export=on. Only in some places (/etc, /var/log, /var/spool) CRIU looks for the file itself.',
    remedy: 'Mount it with index=on,nfs_export=on, or make the program end the watch',
    find: watchesBelow(
      ({ fileSystem, fileSystemOptions }) =>
        fileSystem === 'overlay' && !fileSystemOptions.includes('nfs_export=on'),
    ),
  },
  {
    id: 'watch-of-file-system',
    looksFor: 'a fanotify watch on a whole file system',
    severity: 'loss',
    // criu/proc_parse.c reads the lines "fanotify ino" and "fanotify mnt_id" of fdinfo, and passes over "fanotify sdev"
    why: 'No CRIU saves marks of FAN_MARK_FILESYSTEM: the program hears nothing of that file system after the thaw, and is not asked for permission.',
    remedy: 'Restart the program after the switch',
    find: eachFile(file =>
      file.lines.some(([key, value]) => key === 'fanotify' && value.startsWith('sdev:'))
        ? 'a watch on a whole file system'
        : undefined,
    ),
  },
  {
    id: 'file-of-process',
    looksFor: 'a file of /proc about a process outside',
    severity: 'unknown',
    why: 'The thaw opens it again by the PID of that process: it must be there then, or another one with its PID.',
    remedy:
      'Make the program close it, or freeze that process as well. Without a reboot it works while that one lives',
    find: eachFile((file, _, facts) => {
      const pid = file.fileSystem === PROC_MAGIC ? Number(/^\/proc\/(\d+)(\/|$)/.exec(file.target)?.[1]) : 1;
      return pid > 1 && !facts.members.includes(pid) && facts.snapshot.processes.has(pid)
        ? file.target
        : undefined;
    }),
  },
  {
    id: 'signal-owner',
    looksFor: 'a descriptor whose signals go to a process outside',
    severity: 'unknown',
    why: 'The thaw names that process as the owner again (F_SETOWN), and fails when there is none with its PID.',
    remedy:
      'Freeze it as well, or let the program set itself as the owner. Without a reboot it works while that one lives',
    find: eachFile((file, { settings }, facts) => {
      const owner = settings.get(file.fd)?.owner;
      if (owner === undefined || facts.members.includes(owner)) return undefined;
      if (facts.members.some(pid => facts.snapshot.threads.get(pid)?.includes(owner))) return undefined;
      return `${file.target}, of PID ${owner}`;
    }),
  },
];

/** Watches on file systems of some kind. */
function watchesBelow(concerns: (mount: Mount) => boolean): Rule['find'] {
  return eachFile((file, { mounts }) => {
    if (!WATCHES.has(anonymousKind(file.target) ?? '')) return undefined;
    const devices = file.lines.flatMap(([, text]) => /\bsdev:([0-9a-f]+)/.exec(text)?.[1] ?? []);
    const found = devices.flatMap(
      device => mounts.find(mount => mount.device === kernelDevice(device) && concerns(mount)) ?? [],
    );
    return found[0] === undefined ? undefined : `a watch below ${found[0].mountpoint}`;
  });
}

function isPidfd(file: OpenFile): boolean {
  return anonymousKind(file.target) === 'pidfd' || file.target.startsWith('pidfd:');
}

/** `fe00001`, the kernel's own form (20 bits of minor), as `254:1` of mountinfo. */
function kernelDevice(text: string): string {
  const device = Number.parseInt(text, 16);
  return `${device >>> 20}:${device & 0xfffff}`;
}
