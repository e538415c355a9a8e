"""What is rarer."""
from base import *


def unmounted_file():
    os.mkdir(path('mnt')); raw(165, b'zoo', path('mnt').encode(), b'tmpfs', 0, None)
    def body(): keep(open(path('mnt/file'), 'w+'))
    tree(body); wait_for(1); raw(166, path('mnt').encode(), 2); ready(1)


def file_in_memory():
    name = '/dev/shm/zoo-%d' % os.getpid()
    open(path('folder'), 'w').write(name)
    def body():
        keep(open(name, 'w+')); note('x', 0)
    tree(body); wait_for(2); ready(2)


def big_file_in_memory():
    name = '/dev/shm/zoo-%d' % os.getpid()
    open(path('folder'), 'w').write(name)
    def body():
        f = open(name, 'w+b'); f.write(b'x' * (3 << 20)); f.flush(); keep(f); note('x', 0)
    tree(body); wait_for(2); ready(2)


def foreign_namespace_handle():
    pid = child('other', lambda: raw(272, 0x04000000)); wait_for(1)
    def body(): keep(os.open('/proc/%d/ns/uts' % pid, os.O_RDONLY))
    tree(body); ready(2)


def dev_tty():
    import pty
    def body():
        release = high_terminals()
        pid, master = pty.fork()
        if pid == 0:
            release(); keep(os.open('/dev/tty', os.O_RDWR)); note('shell', os.getpid()); rest()
        keep(master); release()
    tree(body); ready(2)


def dev_tty_of_job():
    # the job is in the foreground, and the shell that leads the session waits
    import pty
    def body():
        release = high_terminals()
        pid, master = pty.fork()
        if pid == 0:
            release()
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            job = os.fork()
            if job == 0:
                os.setpgid(0, 0); os.tcsetpgrp(0, os.getpid()); keep(os.open('/dev/tty', os.O_RDWR))
                note('job', os.getpid()); rest()
            note('shell', os.getpid()); rest()
        keep(master); release()
    tree(body); ready(3)


def lone_master():
    def body():
        release = high_terminals(); keep(os.open('/dev/ptmx', os.O_RDWR)); release()
    tree(body); ready(1)


def fanotify():
    def body():
        f = raw(300, 0, os.O_RDONLY); raw(301, f, 1, 2, -100, FOLDER.encode())
    tree(body); ready(1)


def guard_pages():
    def body():
        libc.mmap.restype = ctypes.c_void_p
        a = libc.mmap(None, ctypes.c_size_t(65536), 3, 0x22, -1, ctypes.c_long(0))
        raw(28, ctypes.c_void_p(a), ctypes.c_size_t(4096), 102)
    tree(body); ready(1)


def sealed_memory():
    def body():
        libc.mmap.restype = ctypes.c_void_p
        a = libc.mmap(None, ctypes.c_size_t(65536), 3, 0x22, -1, ctypes.c_long(0))
        raw(462, ctypes.c_void_p(a), ctypes.c_size_t(65536), 0)
    tree(body); ready(1)


def droppable_memory():
    def body():
        libc.mmap.restype = ctypes.c_void_p
        a = libc.mmap(None, ctypes.c_size_t(65536), 3, 0x28, -1, ctypes.c_long(0))
        if a in (None, 2**64 - 1): raise SystemExit('no droppable memory')
        ctypes.memset(a, 1, 4096)
    tree(body); ready(1)


def shared_address_space():
    def body():
        stack = ctypes.create_string_buffer(65536); keep(stack)
        pid = libc.clone(libc.pause, ctypes.c_void_p(ctypes.addressof(stack) + 65536 - 256), 0x100 | 17, None)
        note('twin', pid)
    tree(body); ready(2)


def shared_descriptor_table():
    def body():
        stack = ctypes.create_string_buffer(65536); keep(stack)
        pid = libc.clone(libc.pause, ctypes.c_void_p(ctypes.addressof(stack) + 65536 - 256), 0x400 | 17, None)
        note('twin', pid)
    tree(body); ready(2)


def inotify_on_deleted():
    def body():
        open(path('w'), 'w').close()
        i = libc.inotify_init1(0); libc.inotify_add_watch(i, path('w').encode(), 2)
        keep(open(path('w'))); os.unlink(path('w'))
    tree(body); ready(1)


def inotify_unread():
    def body():
        i = libc.inotify_init1(0); libc.inotify_add_watch(i, FOLDER.encode(), 0xfff)
        open(path('event'), 'w').close()
    tree(body); ready(1)


def nameless_file():
    def body(): keep(os.open(FOLDER, os.O_TMPFILE | os.O_RDWR))
    tree(body); ready(1)


def other_name_left():
    def body():
        f = open(path('a'), 'w+'); keep(f); os.link(path('a'), path('b')); os.unlink(path('a'))
    tree(body); ready(1)


def replaced_file():
    def body():
        f = open(path('a'), 'w+'); keep(f); os.unlink(path('a')); open(path('a'), 'w').close()
    tree(body); ready(1)


def proc_files():
    outer = os.getpid()
    def body():
        keep(os.open('/proc/self/status', os.O_RDONLY)); keep(os.open('/proc/%d/status' % outer, os.O_RDONLY))
        keep(os.open('/proc/meminfo', os.O_RDONLY))
    tree(body); ready(1)


def proc_file_of_the_dead():
    def body():
        pid = os.fork()
        if pid == 0: time.sleep(0.3); os._exit(0)
        keep(os.open('/proc/%d/status' % pid, os.O_RDONLY)); os.waitpid(pid, 0)
    tree(body); ready(1)


def raw_sockets():
    def body():
        keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
    tree(body); ready(1)


def udp_lite():
    def body():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136); s.bind(('127.0.0.1', 0)); keep(s)
    tree(body); ready(1)


def descriptor_in_flight():
    def body():
        a, b = socket.socketpair(); keep((a, b))
        f = open(path('sent'), 'w'); socket.send_fds(a, [b'x'], [f.fileno()]); f.close()
    tree(body); ready(1)
