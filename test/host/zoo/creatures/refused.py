"""What CRIU refuses to freeze, beyond what the zoo has: each for one line of its log."""
from base import *


def watch_in_sysfs():
    def body():
        i = libc.inotify_init1(0)
        if libc.inotify_add_watch(i, b'/sys/kernel', 2) < 0: raise SystemExit('no watch')
    tree(body); ready(1)


def terminal_in_flight():
    def body():
        import pty
        a, b = socket.socketpair(); keep((a, b))
        m, s = pty.openpty(); socket.send_fds(a, [b'x'], [m, s]); os.close(m); os.close(s)
    tree(body); ready(1)


def mapped_counter():
    def body():
        attr = bytearray(112); struct.pack_into('IIQ', attr, 0, 1, 112, 0)
        fd = raw(298, (ctypes.c_char * 112).from_buffer(attr), 0, -1, -1, 0)
        libc.mmap.restype = ctypes.c_void_p
        at = libc.mmap(None, ctypes.c_size_t(8192), 3, 1, fd, ctypes.c_long(0))
        if at in (None, 2**64 - 1): raise SystemExit('no mapping')
        os.close(fd)
    tree(body); ready(1)


def seccomp_listener():
    def body():
        libc.prctl(38, 1, 0, 0, 0)
        program = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0x7fff0000))
        class Fprog(ctypes.Structure): _fields_ = [('len', ctypes.c_ushort), ('filter', ctypes.c_void_p)]
        raw(317, 1, 8, ctypes.byref(Fprog(1, ctypes.addressof(program))))
    tree(body); ready(1)


def other_user():
    os.chmod(FOLDER, 0o777); open(path('roles'), 'w').close(); os.chmod(path('roles'), 0o666)
    tree(lambda: (os.setgroups([]), os.setresgid(65534, 65534, 65534), os.setresuid(65534, 65534, 65534))); ready(1)


def many_files():
    tree(lambda: keep([open('/dev/null') for _ in range(100)])); ready(1)


def mounts_ramfs():
    def body():
        unshare_mounts()
        os.mkdir(path('mnt')); raw(165, b'zoo', path('mnt').encode(), b'ramfs', 0, None)
    tree(body); ready(1)


def mounts_bound_file():
    def body():
        unshare_mounts()
        open(path('f'), 'w').close(); os.mkdir(path('mnt'))
        raw(165, b'zoo', path('mnt').encode(), b'tmpfs', 0, None); os.mkdir(path('mnt/sub'))
        os.mkdir(path('to')); raw(165, path('mnt/sub').encode(), path('to').encode(), None, 4096, None)
        raw(166, path('mnt').encode(), 2)
    tree(body); ready(1)


def job_of_terminal():
    import pty
    release = high_terminals()
    pid, master = pty.fork()
    if pid == 0:
        release(); signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0); note('root', os.getpid()); rest()
        reap()
    release(); keep(master); ready(1)


def probed():
    # a uprobe at getppid of the C library, in the tree only; the tree runs over it
    def body():
        while True: libc.getppid(); time.sleep(0.02)
    def start():
        note('root', os.getpid()); body()
    pid = child('root', start, session=True)
    wait_for(1)
    kind = int(open('/sys/bus/event_source/devices/uprobe/type').read())
    at = ctypes.cast(libc.getppid, ctypes.c_void_p).value
    for line in open('/proc/self/maps'):
        where = line.split()
        low, high = (int(x, 16) for x in where[0].split('-'))
        if low <= at < high: break
    file = ctypes.create_string_buffer(where[-1].encode())
    attr = bytearray(136); struct.pack_into('IIQ', attr, 0, kind, 136, 0)
    struct.pack_into('QQ', attr, 56, ctypes.addressof(file), at - low + int(where[2], 16))
    raw(298, (ctypes.c_char * 136).from_buffer(attr), pid, -1, -1, 0)
    time.sleep(0.2); ready(1)


def mounts_from_outside():
    # a mount that follows one outside the tree (slave), as containers get them from their engine
    unshare_mounts()
    os.mkdir(path('mnt')); raw(165, b'zoo', path('mnt').encode(), b'tmpfs', 0, None)
    raw(165, b'none', path('mnt').encode(), None, 0x100000, None)
    def body():
        raw(272, 0x00020000); raw(165, b'none', path('mnt').encode(), None, 0x80000, None)
    tree(body); ready(1)
