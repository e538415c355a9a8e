"""What is said of a process or a thread besides what it may do."""
import ctypes
import mmap
import os
import queue
import resource
import signal
import struct
import threading

from registry import call, libc, program, same

SYS_IOPRIO_SET, SYS_IOPRIO_GET = 251, 252
SYS_SET_MEMPOLICY, SYS_GET_MEMPOLICY = 238, 239
SYS_SETRESUID, SYS_CAPSET = 117, 126
SYS_RT_TGSIGQUEUEINFO, SYS_GETTID = 297, 186
SYS_SCHED_SETSCHEDULER = 144
SYS_IO_SETUP = 206
SYS_CLONE = 56
SYS_MEMBARRIER = 324
PR_SET_DUMPABLE, PR_GET_DUMPABLE = 4, 3
PR_SET_TIMERSLACK, PR_GET_TIMERSLACK = 29, 30
PR_SET_SECUREBITS, PR_GET_SECUREBITS = 28, 27
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39
PR_SET_NAME, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG = 15, 1, 2
PR_CAP_AMBIENT = 47
ADDR_NO_RANDOMIZE = 0x40000
CLONE_FILES = 0x400


def syscall(number, *arguments):
    return call("syscall", number, *arguments)


class Worker:
    """A thread that does what it is given, and says what came of it."""

    def __init__(self):
        self.work, self.results = queue.Queue(), queue.Queue()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            function = self.work.get()
            try:
                self.results.put((function(), None))
            except BaseException as error:
                self.results.put((None, error))

    def do(self, function):
        self.work.put(function)
        result, error = self.results.get(timeout=60)
        if error:
            raise error
        return result


def own_status(*names):
    lines = open("/proc/thread-self/status").read().splitlines()
    found = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return [found.get(name) for name in names]


@program
def thread_attributes(work):
    """Threads that differ from their leader in user, capabilities, name, policy, niceness and blocked signals."""
    workers = [Worker() for _ in range(3)]

    def first():
        call("prctl", PR_SET_NAME, b"the first", 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_RTPRIO, (50, 50))
        syscall(SYS_SCHED_SETSCHEDULER, 0, os.SCHED_FIFO, struct.pack("i", 7))

    def second():
        call("prctl", PR_SET_NAME, b"the second", 0, 0, 0)
        os.setpriority(os.PRIO_PROCESS, 0, 11)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN + 9, signal.SIGPIPE})
        call("prctl", PR_SET_PDEATHSIG, signal.SIGHUP, 0, 0, 0)

    def third():
        few = 1 << 10 | 1 << 23
        syscall(SYS_CAPSET, struct.pack("Ii", 0x20080522, 0), struct.pack("IIIIII", few, few, few, 0, 0, 0))
        syscall(SYS_SCHED_SETSCHEDULER, 0, os.SCHED_IDLE, struct.pack("i", 0))

    def seen():
        death = ctypes.c_int()
        call("prctl", PR_GET_PDEATHSIG, ctypes.byref(death), 0, 0, 0)
        names = ("Name", "Uid", "CapPrm", "CapEff", "CapInh", "SigBlk")
        return own_status(*names) + [os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0), death.value]

    for worker, change in zip(workers, (first, second, third)):
        worker.do(change)
    known = [worker.do(seen) for worker in workers]

    def check():
        same([worker.do(seen) for worker in workers], known, "what is said of the threads")

    return check


@program
def thread_signals(work):
    """Signals with values that wait for one thread, and others for the whole process; an alternate stack of a thread."""
    number = signal.SIGRTMIN + 11
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    worker = Worker()
    stack = ctypes.create_string_buffer(32768)

    def prepare():
        call("sigaltstack", struct.pack("QiiQ", ctypes.addressof(stack), 0, 0, 32768), None)
        return syscall(SYS_GETTID)

    tid = worker.do(prepare)
    values = [5, 6, 0xFFFFFFFF]

    def send():
        for value in values:
            info = struct.pack("iiiiiIQ", number, 0, -1, 0, os.getpid(), os.getuid(), value).ljust(128, b"\0")
            syscall(SYS_RT_TGSIGQUEUEINFO, os.getpid(), tid, number, info)
        os.kill(os.getpid(), number)

    def take():
        found = ctypes.create_string_buffer(128)
        mask = struct.pack("Q", 1 << (number - 1))
        got = []
        for _ in range(len(values) + 1):
            libc.syscall(128, mask, found, struct.pack("qq", 1, 0), ctypes.c_size_t(8))
            got.append(struct.unpack_from("ii", found.raw, 4)[1:] + struct.unpack_from("I", found.raw, 24))
        return got

    def check():
        same([value for _, value in worker.do(take)][:3], values, "the values")
        old = ctypes.create_string_buffer(24)
        worker.do(lambda: call("sigaltstack", None, old))
        same(struct.unpack("QiiQ", old.raw)[::3], (ctypes.addressof(stack), 32768), "the thread's stack for signals")
        send()

    send()
    return check


@program
def habits(work):
    """Timer slack, secure bits, no new privileges, dumpability, ambient capabilities."""
    call("prctl", PR_SET_TIMERSLACK, 123_456, 0, 0, 0)
    call("prctl", PR_SET_SECUREBITS, 0b101, 0, 0, 0)  # SECBIT_NOROOT, SECBIT_NO_SETUID_FIXUP
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    header, all_ = struct.pack("Ii", 0x20080522, 0), struct.pack("IIIIII", *[0xFFFFFFFF] * 2, 1 << 10, *[0x1FF] * 2, 0)
    call("capset", header, all_)
    call("prctl", PR_CAP_AMBIENT, 2, 10, 0, 0)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)

    def seen():
        asked = [call("prctl", what, 0, 0, 0, 0) for what in (PR_GET_SECUREBITS, PR_GET_NO_NEW_PRIVS)]
        return asked, own_status("CapAmb", "CapInh", "NoNewPrivs")

    known = seen()

    def check():
        same(seen(), known, "secure bits, privileges and capabilities")

    return check


@program
def unsaved(work):
    """What no CRIU saves: input and output priority, memory policy; and what it saves and does not restore:
    personality. (Not checked: it does not come back.)"""
    call("personality", ADDR_NO_RANDOMIZE)
    syscall(SYS_IOPRIO_SET, 1, 0, 2 << 13 | 3)
    libc.syscall(SYS_SET_MEMPOLICY, 2, struct.pack("Q", 1), ctypes.c_ulong(64))
    return lambda: None


@program
def shared_table(work):
    """A child that shares the table of descriptors."""
    reader, writer = os.pipe()
    answers_r, answers_w = os.pipe()
    pid = libc.syscall(SYS_CLONE, CLONE_FILES | int(signal.SIGCHLD), 0, 0, 0, 0)
    if pid == 0:
        call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        while True:
            os.read(reader, 1)
            os.write(answers_w, b"open" if os.path.exists("/proc/self/fd/199") else b"none")

    def ask():
        os.write(writer, b"?")
        return os.read(answers_r, 4)

    def check():
        same(ask(), b"none", "what the other process has")
        os.dup2(0, 199)
        same(ask(), b"open", "what the other process has then")
        os.close(199)

    return check


@program
def asynchronous_io(work):
    """A ring for asynchronous input and output."""
    context = ctypes.c_ulong()
    syscall(SYS_IO_SETUP, 16, ctypes.byref(context))

    def check():
        found = [line for line in open("/proc/self/maps") if line.startswith("%08x" % context.value)]
        same(len(found), 1, "the number of rings at their address")

    check()
    return check


@program
def barriers(work):
    """Registrations with membarrier(2)."""
    for command in (1 << 2, 1 << 4):  # global and private expedited
        syscall(SYS_MEMBARRIER, command, 0, 0)

    def check():
        same(libc.syscall(SYS_MEMBARRIER, 1 << 3, 0, 0), 0, "what a private expedited barrier says")

    return check


@program
def odd_mappings(work):
    """Mappings that grow down, of devices, without reserve, advised in every lasting way."""
    MAP_GROWSDOWN, MAP_NORESERVE = 0x100, 0x4000
    size = ctypes.c_size_t(16 * 4096)

    def anonymous(flags):
        return libc.mmap(None, size, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | flags, -1, ctypes.c_long(0))

    down, spare = anonymous(MAP_GROWSDOWN), anonymous(MAP_NORESERVE)
    ctypes.memset(down + 15 * 4096, 1, 4096)
    for advice in (1, 10, 16, 18):  # random, not in children, not in core files, zero in children
        call("madvise", ctypes.c_void_p(anonymous(0)), size, advice)
    call("madvise", ctypes.c_void_p(spare), size, 2)  # sequential
    with open("/dev/zero", "r+b", 0) as device:
        zeros = mmap.mmap(device.fileno(), 8192, flags=mmap.MAP_PRIVATE)
        common = mmap.mmap(device.fileno(), 8192)
    zeros[5], common[6] = 9, 8

    def check():
        same((zeros[5], common[6], ctypes.string_at(down + 16 * 4096 - 1, 1)), (9, 8, b"\1"), "the contents")

    return check
