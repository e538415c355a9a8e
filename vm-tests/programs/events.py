"""Descriptors that wait for events, and signals."""
import ctypes
import os
import select
import signal
import struct

from registry import call, libc, program, read_exactly, same

SFD_NONBLOCK = EFD_NONBLOCK = os.O_NONBLOCK


@program
def epoll(work):
    """Edge- and level-triggered watches with data of their own, one of which has something to say."""
    pairs = [os.pipe() for _ in range(3)]
    poll = select.epoll()
    poll.register(pairs[0][0], select.EPOLLIN)
    poll.register(pairs[1][0], select.EPOLLIN | select.EPOLLONESHOT)
    poll.register(pairs[2][1], select.EPOLLERR)
    os.write(pairs[0][1], b"x")

    def check():
        same(poll.poll(10), [(pairs[0][0], select.EPOLLIN)], "the events")
        os.write(pairs[1][1], b"y")
        same(sorted(poll.poll(10)), sorted([(pairs[0][0], 1), (pairs[1][0], 1)]), "the events after a write")
        same(poll.poll(0), [(pairs[0][0], 1)], "the events after the one shot")
        os.read(pairs[1][0], 1)
        poll.modify(pairs[1][0], select.EPOLLIN | select.EPOLLONESHOT)

    return check


@program
def eventfd(work):
    """A counter. (EFD_SEMAPHORE does not come back: CRIU cannot see it.)"""
    counter = call("eventfd", 41, EFD_NONBLOCK)

    def check():
        same(struct.unpack("Q", os.read(counter, 8)), (41,), "the counter")
        os.write(counter, struct.pack("Q", 41))

    return check


class Value(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("pointer", ctypes.c_void_p)]


@program
def signalfd(work):
    """A signalfd with queued real-time signals that carry values."""
    number = signal.SIGRTMIN + 5
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    mask = (ctypes.c_ulong * 16)(1 << (number - 1))
    descriptor = call("signalfd", -1, mask, SFD_NONBLOCK)
    values = [11, 22, 33]
    libc.sigqueue.argtypes = [ctypes.c_int, ctypes.c_int, Value]

    def fill():
        for value in values:
            call("sigqueue", os.getpid(), number, Value(number=value))

    def check():
        found = []
        for _ in values:
            data = read_exactly(descriptor, 128)
            found.append((struct.unpack_from("I", data)[0], struct.unpack_from("i", data, 44)[0]))
        same(found, [(number, value) for value in values], "the signals")
        fill()

    fill()
    return check


@program
def signals(work):
    """Handlers, ignored and blocked signals, one pending, an alternate stack."""
    got = []
    signal.signal(signal.SIGUSR2, lambda number, frame: got.append(number))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH, signal.SIGTERM})
    os.kill(os.getpid(), signal.SIGTERM)
    stack = ctypes.create_string_buffer(65536)
    call("sigaltstack", struct.pack("QiiQ", ctypes.addressof(stack), 0, 0, 65536), None)

    def check():
        same(signal.getsignal(signal.SIGHUP), signal.SIG_IGN, "SIGHUP")
        os.kill(os.getpid(), signal.SIGHUP)
        same(signal.SIGTERM in signal.sigpending(), True, "that SIGTERM is pending")
        before = len(got)
        os.kill(os.getpid(), signal.SIGUSR2)
        same(len(got), before + 1, "what the handler got")
        found = ctypes.create_string_buffer(24)
        call("sigaltstack", None, found)
        same(struct.unpack("QiiQ", found.raw)[::3], (ctypes.addressof(stack), 65536), "the alternate stack")
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        same({signal.SIGWINCH, signal.SIGTERM} <= blocked, True, "the blocked signals")

    return check
