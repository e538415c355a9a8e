import { Exit, table } from './failure.js';

/** What CRIU's log says when files are not as they were at the freeze. */
export const criuFileThawFailures = table({
  'criu-file-missing': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) needs /{path}, which is not there',
    why: 'it was deleted, moved, or lies on a file system that is not mounted (yet): /tmp, /run and /dev/shm are empty after a boot',
    hint: 'put it back or mount its file system (see: findmnt --target /{path}), then: ckpt thaw {bundle}',
  },
  'criu-file-resized': {
    exit: Exit.refused,
    what: '/{path} is not the file that process {pid} ({name}) had open',
    why: 'it has {size} bytes and had {expected}: it was written to, or a program or library was upgraded in the meantime',
    hint: 'put the old file back (for a package: apt install NAME=VERSION, with the version of before from /var/log/dpkg.log), then: ckpt thaw {bundle}',
  },
  'criu-file-mode': {
    exit: Exit.refused,
    what: '/{path} has other permissions than when process {pid} ({name}) was frozen',
    why: 'its mode is {mode} and was {expected}',
    hint: 'set it back, then thaw: chmod {expected} /{path}; ckpt thaw {bundle}',
  },
  'criu-file-kind': {
    exit: Exit.refused,
    what: '/{path} is not what it was when process {pid} ({name}) was frozen',
    why: 'it cannot be opened as the file that it was: {reason}',
    hint: 'see what is there now: ls -ld /{path}; put the old one back, then: ckpt thaw {bundle}',
  },
  'criu-file-busy': {
    exit: Exit.refused,
    what: '/{path} runs as a program now, and process {pid} ({name}) had it open for writing',
    why: 'the kernel lets nobody write to a program that is running',
    hint: 'end the process that runs it (fuser -v /{path}), then: ckpt thaw {bundle}',
  },
  'criu-file-read-only': {
    exit: Exit.refused,
    what: '/{path} lies on a file system that is read-only now',
    why: 'process {pid} ({name}) had it open for writing',
    hint: 'mount it for writing: mount -o remount,rw $(findmnt -n -o TARGET --target /{path}); if the disk has errors (dmesg), check it first; then: ckpt thaw {bundle}',
  },
  'criu-file-protected': {
    exit: Exit.refused,
    what: 'nobody may write to /{path} now',
    why: 'process {pid} ({name}) had it open for writing, and the file is immutable or append-only (chattr +i, +a)',
    hint: 'see: lsattr /{path}; take the attribute off until the thaw is done: chattr -i -a /{path}; then: ckpt thaw {bundle}',
  },
  'criu-device-missing': {
    exit: Exit.missing,
    what: 'the device /{path}, which process {pid} ({name}) needs, does not answer here',
    why: 'its driver is not loaded, or (for /dev/ptmx) /dev/pts is not mounted',
    hint: 'load the driver, or: mount -t devpts devpts /dev/pts -o ptmxmode=666; then: ckpt thaw {bundle}',
  },
  'criu-fifo-missing': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) needs the fifo /{path}, which is not there',
    why: 'it was deleted, or lies on a file system that is not mounted or was emptied by a boot (/run, /tmp)',
    hint: 'make it again with the owner and mode that it had, then thaw: mkfifo /{path}; ckpt thaw {bundle}',
  },
  'criu-fifo-replaced': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) had a fifo open whose name belongs to another kind of file now',
    why: 'what is found under its path is no pipe',
    hint: 'see its fifos: ckpt show {bundle} | grep -i fifo; make it one again (rm, mkfifo), then: ckpt thaw {bundle}',
  },
  'criu-second-name-missing': {
    exit: Exit.refused,
    what: '/{from} is gone, under which process {pid} ({name}) would find its file',
    why: 'the file had lost the name /{path} but had another one, so the freeze gave it this name for the time being, and somebody has deleted it',
    hint: "link the file's other name to it (find it beside: ls -li), then thaw: ln OTHER /{from}; ckpt thaw {bundle}",
  },
  'criu-watch-missing': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) watches {path}, which is not there',
    why: 'it was deleted or moved, or lies on a file system that is not mounted or was emptied by a boot',
    hint: 'make it again (mkdir, touch, systemd-tmpfiles --create), then: ckpt thaw {bundle}',
  },
  'criu-disk-full': {
    exit: Exit.refused,
    what: 'a disk is full, so process {pid} ({name}) cannot be given back a file that it had deleted and still used',
    why: 'such a file is written again in the folder where it was, before its name is taken away',
    hint: 'make room there (see: df -h; its folder is among: ckpt show {bundle}), then: ckpt thaw {bundle}',
  },
});
