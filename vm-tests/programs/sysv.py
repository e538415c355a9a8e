"""System V IPC and the host name: for a tree with namespaces of its own."""
import ctypes
import os
import socket
import struct

from registry import call, libc, program, same

IPC_CREAT, GETALL, SETALL = 0o1000, 13, 17
libc.shmat.restype = ctypes.c_void_p


def shared(size=10_000, key=0x1234):
    segment = call("shmget", key, ctypes.c_size_t(size), IPC_CREAT | 0o640)
    return segment, libc.shmat(segment, None, 0)


@program
def sysv_ipc(work):
    """A segment, a set of semaphores, and a queue with messages of two types."""
    segment, at = shared()
    ctypes.memmove(at + 5000, b"shared", 6)
    semaphores = call("semget", 0x5678, 3, IPC_CREAT | 0o600)
    call("semctl", semaphores, 0, SETALL, struct.pack("HHH", 5, 6, 7))
    queue = call("msgget", 0x9ABC, IPC_CREAT | 0o600)
    messages = [(1, b"first"), (9, b"ninth" * 100), (1, b"second")]

    def fill():
        for kind, text in messages:
            call("msgsnd", queue, struct.pack("q", kind) + text, ctypes.c_size_t(len(text)), 0)

    def take(kind):
        buffer = ctypes.create_string_buffer(8 + 4096)
        length = call("msgrcv", queue, buffer, ctypes.c_size_t(4096), ctypes.c_long(kind), 0)
        return struct.unpack_from("q", buffer.raw)[0], buffer.raw[8 : 8 + length]

    def check():
        same(ctypes.string_at(at + 5000, 6), b"shared", "the segment")
        again, second = shared()
        same(again, segment, "the segment's number")
        ctypes.memmove(second, b"both", 4)
        same(ctypes.string_at(at, 4), b"both", "what was written through a second attachment")
        call("shmdt", ctypes.c_void_p(second))
        values = ctypes.create_string_buffer(6)
        call("semctl", call("semget", 0x5678, 3, 0), 0, GETALL, values)
        same(struct.unpack("HHH", values.raw), (5, 6, 7), "the semaphores")
        same([take(9), take(1), take(0)], [messages[1], messages[0], messages[2]], "the messages")
        fill()

    fill()
    return check


@program
def host_name(work):
    """A UTS namespace with another name."""
    socket.sethostname("zoo-of-its-own")

    def check():
        same(socket.gethostname(), "zoo-of-its-own", "the host name")
        same(os.uname().nodename, "zoo-of-its-own", "the node name")

    return check
