"""What a program of the set is, and what it needs of the system beyond Python's library.

A program is a function of a folder of its own. It sets its feature up and returns a check: a function that raises when
something of the feature is not as it was. A check leaves everything as it found it, so it can be made again after
the next freeze.
"""
import ctypes
import os
import select
import signal
import time

programs = {}
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.syscall.restype = ctypes.c_long

PR_SET_PDEATHSIG = 1
LIMIT = 60  # seconds that an answer may take on an emulated, busy machine


def program(function):
    programs[function.__name__] = function
    return function


def call(name, *arguments):
    """Calls a function of libc. Raises OSError where it returns -1."""
    # Before 2.34 glibc kept the timers in a library of their own.
    function = getattr(libc, name) if hasattr(libc, name) else getattr(ctypes.CDLL("librt.so.1", use_errno=True), name)
    result = function(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))
    return result


def same(found, expected, what):
    if found != expected:
        raise AssertionError("%s is %r, not %r" % (what, found, expected))


def end_with_parent():
    """A program ends when the one that started it does."""
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def read_exactly(descriptor, length):
    """Reads that many bytes from a pipe or a stream; raises when they do not come."""
    data = b""
    while len(data) < length:
        if not select.select([descriptor], [], [], LIMIT)[0]:
            raise AssertionError("%d of %d bytes came" % (len(data), length))
        piece = os.read(descriptor, length - len(data))
        if not piece:
            raise AssertionError("the end came after %d of %d bytes" % (len(data), length))
        data += piece
    return data


def wait_until(condition, what):
    end = time.time() + LIMIT
    while not condition():
        if time.time() > end:
            raise AssertionError("waited %d s until %s" % (LIMIT, what))
        time.sleep(0.05)


class Helper:
    """A child process that answers questions over a pair of pipes: one line in, one line out."""

    def __init__(self, answer, first=lambda: None):
        question_r, self.question = os.pipe()
        self.reply, reply_w = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(question_r)
            os.close(reply_w)
            return
        try:
            end_with_parent()
            os.close(self.question)
            os.close(self.reply)
            first()
            while True:
                line = b""
                while not line.endswith(b"\n"):
                    line += os.read(question_r, 1) or os._exit(0)
                os.write(reply_w, (str(answer(line.decode().strip())) + "\n").encode())
        finally:
            os._exit(1)

    def ask(self, question=""):
        os.write(self.question, (question + "\n").encode())
        line = b""
        while not line.endswith(b"\n"):
            line += read_exactly(self.reply, 1)
        return line.decode().strip()
