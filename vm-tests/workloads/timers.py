"""A program with timers that looks at CLOCK_MONOTONIC all the time and notices a jump.

usage: timers.py STATUS_FILE
A timerfd and an interval timer (setitimer) tick every 100 ms, and the main loop sleeps 50 ms by CLOCK_MONOTONIC. It
reports every ten steps: an emulated processor has better to do. A step of the clock that is negative, or longer than STEP seconds, is a jump; so is a timer that stays silent that long by the
clock, or one that ticks more often than the clock allows.
"""
import ctypes
import json
import os
import signal
import struct
import sys
import time

STEP = 5.0  # the machine is emulated and busy; a reboot changes the clock by more, or turns it back
status_file = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
CLOCK_MONOTONIC, TFD_NONBLOCK = 1, 0o4000
timer = libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)
libc.timerfd_settime(timer, 0, struct.pack("qqqq", 0, 100000000, 0, 100000000), None)
alarms = 0


def on_alarm(_signal, _frame):
    global alarms
    alarms += 1


signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)

began = last = time.monotonic()
expirations = 0
last_expiration = last_alarm = began
seen_alarms = 0
problems = []
longest = 0.0
steps = 0
while True:
    steps += 1
    now = time.monotonic()
    step = now - last
    longest = max(longest, step)
    if step < 0 or step > STEP:
        problems.append("the clock went from %.3f to %.3f" % (last, now))
    last = now
    try:
        expirations += struct.unpack("Q", os.read(timer, 8))[0]
        last_expiration = now
    except BlockingIOError:
        pass
    if alarms != seen_alarms:
        seen_alarms, last_alarm = alarms, now
    if now - last_expiration > STEP:
        problems.append("timerfd silent since %.3f at %.3f" % (last_expiration, now))
        last_expiration = now
    if now - last_alarm > STEP:
        problems.append("setitimer silent since %.3f at %.3f" % (last_alarm, now))
        last_alarm = now
    # By the clock after the timer was read: whoever waits for a processor in between gets more of its ticks.
    elapsed = time.monotonic() - began
    if expirations > elapsed / 0.1 + 2:
        problems.append("%d expirations in %.3f s" % (expirations, elapsed))
        began, expirations = now, 0
    if steps % 10 == 0:
        report = {
            "elapsed": now - began,
            "expirations": expirations,
            "alarms": alarms,
            "longestStep": longest,
            "problems": problems[:10],
        }
        with open(status_file + ".new", "w") as out:
            json.dump(report, out)
        os.replace(status_file + ".new", status_file)
    time.sleep(0.05)
