"""Open files of rarer kinds."""
import ctypes
import fcntl
import os
import signal
import stat
import struct

from registry import Helper, call, libc, program, same

AT_FDCWD = -100
FAN_NONBLOCK, FAN_MARK_ADD, FAN_MARK_MOUNT, FAN_MARK_IGNORED_MASK = 2, 1, 0x10, 0x20
FAN_MODIFY, FAN_CLOSE_WRITE, FAN_OPEN = 2, 8, 0x20
F_SETSIG, F_GETSIG, F_SETLEASE, F_GETLEASE, F_SETOWN_EX = 10, 11, 1024, 1025, 15
SYS_PIDFD_OPEN = 434


@program
def gone_files(work):
    """What has no name any more: a working directory, a fifo, an empty file, one with a hole, a file in a directory
    that went with it, a symbolic link."""
    os.mkdir(os.path.join(work, "here"))
    os.chdir(os.path.join(work, "here"))
    os.rmdir(os.path.join(work, "here"))
    fifo = os.path.join(work, "fifo")
    os.mkfifo(fifo)
    both = os.open(fifo, os.O_RDWR)
    os.write(both, b"in the fifo")
    os.unlink(fifo)
    path = os.path.join(work, "sparse")
    sparse = os.open(path, os.O_RDWR | os.O_CREAT)
    os.pwrite(sparse, b"end", 300_000)
    os.pwrite(sparse, b"middle", 100_000)
    os.unlink(path)
    path = os.path.join(work, "empty")
    empty = os.open(path, os.O_RDWR | os.O_CREAT, 0o604)
    os.unlink(path)
    folder = os.path.join(work, "folder")
    os.mkdir(folder)
    within = os.open(os.path.join(folder, "within"), os.O_RDWR | os.O_CREAT)
    os.write(within, b"within")
    os.unlink(os.path.join(folder, "within"))
    os.rmdir(folder)

    def check():
        same(os.readlink("/proc/self/cwd"), work + "/here (deleted)", "the working directory")
        same(os.read(both, 100), b"in the fifo", "what is in the fifo")
        os.write(both, b"in the fifo")
        same((os.pread(sparse, 3, 300_000), os.pread(sparse, 6, 100_000)), (b"end", b"middle"), "the sparse file")
        same(os.fstat(empty).st_size, 0, "the empty file")
        same(os.pread(within, 10, 0), b"within", "the file of the directory")

    return check


@program
def special_files(work):
    """Devices, a file opened as a mere path, directories of /proc, a file of a process that has ended."""
    held = [os.open(name, os.O_RDWR) for name in ("/dev/null", "/dev/zero", "/dev/full")]
    path = os.path.join(work, "path")
    open(path, "w").close()
    mere = os.open(path, os.O_PATH)
    folders = [os.open(name, os.O_RDONLY) for name in ("/proc/self", "/proc/self/fd", "/proc")]
    node = os.path.join(work, "node")
    os.mknod(node, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    device = os.open(node, os.O_RDONLY)
    os.unlink(node)

    def check():
        same(os.write(held[0], b"x"), 1, "what /dev/null takes")
        same(os.readlink("/proc/self/fd/%d" % mere), path, "the path")
        same(str(os.getpid()) in os.listdir(folders[2]), True, "/proc")
        same(os.read(device, 2), b"\0\0", "the device without a name")

    return check


@program
def owners_of_signals(work):
    """Files that send signals, to a process and to a group, and leases."""
    reader, writer = os.pipe()
    fcntl.fcntl(reader, F_SETSIG, signal.SIGRTMIN + 3)
    fcntl.fcntl(reader, F_SETOWN_EX, struct.pack("ii", 1, os.getpid()))
    fcntl.fcntl(writer, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN + 3})
    path = os.path.join(work, "leased")
    open(path, "w").close()
    leased = os.open(path, os.O_RDONLY)
    fcntl.fcntl(leased, F_SETLEASE, fcntl.F_RDLCK)

    def seen():
        return fcntl.fcntl(reader, F_GETSIG), fcntl.fcntl(reader, fcntl.F_GETOWN), fcntl.fcntl(leased, F_GETLEASE)

    known = seen()

    def check():
        same(seen(), known, "signal, owner and lease")

    return check


@program
def fanotify(work):
    """Marks on a file, on a mount, and what is not to be told of."""
    path = os.path.join(work, "watched")
    open(path, "w").close()
    group = call("fanotify_init", FAN_NONBLOCK, os.O_RDONLY)
    for flags, mask, name in (
        (FAN_MARK_ADD, FAN_MODIFY | FAN_CLOSE_WRITE, path),
        (FAN_MARK_ADD | FAN_MARK_IGNORED_MASK, FAN_OPEN, path),
        (FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_MODIFY, "/dev/shm"),
    ):
        call("fanotify_mark", group, flags, ctypes.c_uint64(mask), AT_FDCWD, name.encode())

    def check():
        with open(path, "w") as file:
            file.write("x")
        data = os.read(group, 4096)
        same(struct.unpack_from("Q", data, 8)[0] & (FAN_MODIFY | FAN_CLOSE_WRITE) != 0, True, "that something happened")
        while data:
            length, _, _, _, _, descriptor = struct.unpack_from("IBBHQi", data)
            os.close(descriptor)
            data = data[length:]

    return check


@program
def pidfd(work):
    """Handles of a child and of a process that has ended."""
    child = Helper(lambda _: "on")
    living = call("syscall", SYS_PIDFD_OPEN, child.pid, 0)
    ended = os.fork()
    if ended == 0:
        os._exit(0)
    gone = call("syscall", SYS_PIDFD_OPEN, ended, 0)
    os.waitpid(ended, 0)

    def check():
        call("syscall", 424, living, 0, None, 0)  # pidfd_send_signal
        same(libc.syscall(424, gone, 0, None, 0), -1, "what the handle of a process that ended takes")
        same(child.ask(), "on", "the answer")

    return check


@program
def more_timers(work):
    """POSIX timers that notify nobody or one thread, on other clocks; timerfds that wait for an hour of the day."""
    ids = []
    for clock, notify, thread in ((7, 1, 0), (0, 4, libc.syscall(186)), (1, 1, 0)):
        event = struct.pack("Qiii44x", 99, signal.SIGRTMIN + 12, notify, thread)
        timer = ctypes.c_void_p()
        call("timer_create", clock, event, ctypes.byref(timer))
        call("timer_settime", timer, 0, struct.pack("qqqq", 7, 8, 90_000, 5), None)
        ids.append(timer)
    daily = call("timerfd_create", 0, 0)
    call("timerfd_settime", daily, 3, struct.pack("qqqq", 0, 0, 4_000_000_000, 0), None)  # absolute, cancel on set
    quick = call("timerfd_create", 1, os.O_NONBLOCK)
    call("timerfd_settime", quick, 0, struct.pack("qqqq", 0, 0, 0, 1), None)

    def check():
        for timer in ids:
            left = ctypes.create_string_buffer(32)
            call("timer_gettime", timer, left)
            same(struct.unpack("qqqq", left.raw)[:2], (7, 8), "the interval")
        found = ctypes.create_string_buffer(32)
        call("timerfd_gettime", daily, found)
        same(struct.unpack("qqqq", found.raw)[2] > 1_000_000_000, True, "that it waits")

    return check
