"""Shared and special memory."""
from base import *


def shared_memory_inside():
    def body():
        m = globals()['m'] = mmap.mmap(-1, 8192); m[0] = 1
        child('peer')
    tree(body); ready(2)


def shared_memory_outside():
    m = globals()['m'] = mmap.mmap(-1, 8192); m[0] = 1
    tree(); ready(1)


def memfd_inside():
    def body():
        globals()['f'] = os.memfd_create('zoo'); os.ftruncate(globals()['f'], 4096)
        child('peer')
    tree(body); ready(2)


def memfd_outside():
    f = globals()['f'] = os.memfd_create('zoo'); os.ftruncate(f, 4096)
    tree(); ready(1)


def memfd_held_outside():
    # Mapped by the one, open by the other, and neither does both.
    f = os.memfd_create('zoo'); os.ftruncate(f, 4096)
    def body():
        raw(9, 0, 4096, 3, 1, f, 0); os.close(f)
    tree(body); ready(1)


def mapped_file_outside():
    open(path('data'), 'wb').write(b'0' * 4096)
    f = open(path('data'), 'r+b'); globals()['m'] = mmap.mmap(f.fileno(), 4096); f.close()
    tree(); ready(1)


def sysv_memory():
    i = libc.shmget(0, 4096, 0o1600); libc.shmat.restype = ctypes.c_void_p
    open(path('sysv-shm'), 'w').write(str(i))
    def body(): libc.shmat(i, None, 0)
    tree(body); ready(1)


def sysv_semaphore():
    i = libc.semget(0, 2, 0o1600)
    open(path('sysv-sem'), 'w').write(str(i))
    def op(n): libc.semop(i, struct.pack('Hhh', n, 1, 0), 1)
    op(0)
    tree(lambda: op(1)); ready(1)


def sysv_queue():
    i = libc.msgget(0, 0o1600)
    open(path('sysv-msg'), 'w').write(str(i))
    def send(): libc.msgsnd(i, struct.pack('l4s', 1, b'zoo'), 4, 0)
    def body(): libc.msgrcv(i, ctypes.create_string_buffer(64), 4, 0, 0)
    send(); tree(body); ready(1)


def posix_queue():
    def body():
        lib = ctypes.CDLL(ctypes.util.find_library('rt') or None)
        globals()['q'] = raw(240, b'zoo%d' % os.getpid(), os.O_RDWR | os.O_CREAT, 0o600, None)
        raw(241, b'zoo%d' % os.getpid())
    tree(body); ready(1)


def userfaultfd():
    def body(): raw(323, 0)
    tree(body); ready(1)


def secret_memory():
    def body():
        f = raw(447, 0); os.ftruncate(f, 4096)
        m = globals()['m'] = mmap.mmap(f, 4096); m[0] = 7
    tree(body); ready(1)
