"""The kernel's anonymous files."""
from base import *


def eventfd_outside():
    globals()['e'] = raw(290, 5, 0)
    tree(); ready(1)


def eventfd_semaphore():
    def body():
        raw(290, 5, 1)
    tree(body); ready(1)


def eventfd_inside():
    def body():
        raw(290, 5, 0); child('peer')
    tree(body); ready(2)


def epoll_outside():
    globals()['e'] = select.epoll()
    tree(); ready(1)


def all_anonymous_alone():
    def body():
        globals()['e'] = select.epoll()
        raw(290, 5, 0)                      # eventfd2
        raw(283, 1, 0)                      # timerfd_create
        raw(289, -1, ctypes.byref(ctypes.c_uint64(1 << 9)), 8, 0)  # signalfd4
        i = libc.inotify_init1(0); libc.inotify_add_watch(i, FOLDER.encode(), 2)
    tree(body); ready(1)


def io_uring():
    def body(): raw(425, 4, ctypes.create_string_buffer(120))
    tree(body); ready(1)


def perf_event():
    def body():
        attr = bytearray(112); struct.pack_into('IIQ', attr, 0, 1, 112, 0)  # PERF_TYPE_SOFTWARE, cpu clock
        raw(298, (ctypes.c_char * 112).from_buffer(attr), 0, -1, -1, 0)
    tree(body); ready(1)


def landlock():
    def body(): raw(444, ctypes.byref(ctypes.c_uint64(1)), 8, 0)
    tree(body); ready(1)


def pidfd_inside():
    def body():
        pid = child('peer'); globals()['p'] = os.pidfd_open(pid)
    tree(body); ready(2)


def pidfd_outside():
    outer = os.getpid()
    def body(): globals()['p'] = os.pidfd_open(outer)
    tree(body); ready(1)
