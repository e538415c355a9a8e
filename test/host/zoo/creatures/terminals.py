"""Terminals, and what else needs a number or a clock."""
from base import *


def terminal_outside():
    import pty
    pid, master = pty.fork()
    if pid == 0:
        note('root', os.getpid()); rest()
    globals()['master'] = master
    ready(1)


def terminal_inside():
    import pty
    def body():
        release = high_terminals()
        pid, master = pty.fork()
        if pid == 0:
            release(); note('shell', os.getpid()); rest()
        globals()['master'] = master
        release()
    tree(body); ready(2)


def terminal_slave_outside():
    import pty
    def body():
        m, s = pty.openpty()
        globals()['ms'] = (m, s)
        open(path('pts'), 'w').write(os.ttyname(s))
    tree(body); wait_for(1)
    globals()['s'] = os.open(open(path('pts')).read(), os.O_RDWR | os.O_NOCTTY)
    ready(1)


def deadline():
    def body():
        attr = struct.pack('IIQiIQQQ', 48, 6, 0, 0, 0, 10_000_000, 100_000_000, 100_000_000)
        raw(314, 0, ctypes.create_string_buffer(attr, 48), 0)
    tree(body); ready(1)


def multiprocessing_pool():
    import multiprocessing
    def body():
        import multiprocessing as mp
        p = globals()['p'] = mp.get_context('fork').Pool(2)
        p.map(abs, range(10))
        for i, w in enumerate(p._pool): note('worker%d' % i, w.pid)
    tree(body); ready(3)
