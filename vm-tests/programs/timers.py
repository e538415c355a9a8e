"""Timers of every kind: those that tick go on, those that wait still wait."""
import ctypes
import os
import select
import signal
import struct
import time

from registry import call, program, same

LIMIT = 15  # seconds to wait for a tick that is due every few hundred milliseconds
FAR = 100_000


@program
def timerfd(work):
    ticking, waiting = call("timerfd_create", time.CLOCK_MONOTONIC, 0), call("timerfd_create", time.CLOCK_BOOTTIME, 0)
    call("timerfd_settime", ticking, 0, struct.pack("qqqq", 0, 200_000_000, 0, 200_000_000), None)
    call("timerfd_settime", waiting, 0, struct.pack("qqqq", 0, 0, FAR, 0), None)

    def check():
        for _ in range(3):
            same(bool(select.select([ticking], [], [], LIMIT)[0]), True, "a tick")
            os.read(ticking, 8)
        found = ctypes.create_string_buffer(32)
        call("timerfd_gettime", ticking, found)
        same(struct.unpack("qqqq", found.raw)[:2], (0, 200_000_000), "the interval")
        call("timerfd_gettime", waiting, found)
        left = struct.unpack("qqqq", found.raw)[2]
        same(FAR - 3600 < left < FAR, True, "the time left, %d s," % left)

    return check


@program
def posix_timers(work):
    """Two timers with numbers of their own: one ticks with a signal that carries a value, one waits."""
    number = signal.SIGRTMIN + 7
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    ids = []
    for value in (1234, 5678):
        event = struct.pack("Qii48x", value, number, 0)
        timer = ctypes.c_void_p()
        call("timer_create", time.CLOCK_MONOTONIC, event, ctypes.byref(timer))
        ids.append(timer)
    call("timer_settime", ids[0], 0, struct.pack("qqqq", 0, 200_000_000, 0, 200_000_000), None)
    call("timer_settime", ids[1], 0, struct.pack("qqqq", 5, 0, FAR, 0), None)

    def check():
        for _ in range(3):
            found = signal.sigtimedwait({number}, LIMIT)
            same(found and found.si_signo, number, "the signal")
        left = ctypes.create_string_buffer(32)
        call("timer_gettime", ids[1], left)
        interval, _, seconds, _ = struct.unpack("qqqq", left.raw)
        same(interval, 5, "the interval")
        same(FAR - 3600 < seconds < FAR, True, "the time left, %d s," % seconds)

    return check


@program
def interval_timers(work):
    """setitimer: one that ticks, two that wait; and a thread of control asleep in a system call."""
    got = []
    signal.signal(signal.SIGALRM, lambda *_: got.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)
    signal.setitimer(signal.ITIMER_VIRTUAL, FAR, 7)
    signal.setitimer(signal.ITIMER_PROF, FAR, 9)

    def check():
        before, end = len(got), time.time() + LIMIT
        while len(got) < before + 3 and time.time() < end:
            time.sleep(0.05)
        same(len(got) >= before + 3, True, "three ticks")
        same(round(signal.getitimer(signal.ITIMER_REAL)[1], 3), 0.3, "the interval")
        for timer, interval in ((signal.ITIMER_VIRTUAL, 7), (signal.ITIMER_PROF, 9)):
            left, found = signal.getitimer(timer)
            same((FAR - 3600 < left <= FAR + 1, found), (True, interval), "a waiting timer")

    return check


@program
def one_shot_timer(work):
    """What alarm(2) has set: it comes once, much later."""
    signal.setitimer(signal.ITIMER_REAL, FAR)

    def check():
        left = signal.getitimer(signal.ITIMER_REAL)[0]
        same(FAR - 3600 < left <= FAR + 1, True, "the alarm, in %d s," % left)

    return check


@program
def clocks(work):
    """Time goes on, through the vDSO and through system calls."""
    seen = [time.time()]

    def check():
        same(time.time() >= seen[0], True, "that time goes on")
        first = time.monotonic()
        time.sleep(0.05)
        same(time.monotonic() > first, True, "that the monotonic clock goes on")
        now = ctypes.create_string_buffer(16)
        call("syscall", 228, time.CLOCK_REALTIME, now)
        same(abs(struct.unpack("qq", now.raw)[0] - time.time()) < 30, True, "that both ways agree")
        seen[0] = time.time()

    return check
