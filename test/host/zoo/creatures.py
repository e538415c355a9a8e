"""The small creatures of the clump zoo: each function sets up one situation and names who is who.

Started as `creatures.py NAME FOLDER` by a keeper with nothing but 0, 1 and 2 open. `outer` is this process; the tree
under test is forked from it. When everything stands, FOLDER/ready gets one JSON line {"target": [...], "roles": {...}}.
"""
import array, ctypes, ctypes.util, fcntl, json, mmap, os, select, signal, socket, struct, sys, threading, time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
FOLDER = sys.argv[2]
roles = {'outer': os.getpid()}
signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def path(name):
    return os.path.join(FOLDER, name)


def note(role, pid):
    with open(path('roles'), 'a') as f:
        f.write('%s %d\n' % (role, pid))


def wait_for(count, limit=20):
    end = time.time() + limit
    while time.time() < end:
        try:
            lines = open(path('roles')).read().split('\n')[:-1]
        except FileNotFoundError:
            lines = []
        if len(lines) >= count:
            return {l.split()[0]: int(l.split()[1]) for l in lines}
        time.sleep(0.02)
    raise SystemExit('creature: roles did not all come up')


def rest():
    while True:
        time.sleep(1000)


def child(role, body=None, session=False):
    """Forks a process that runs body, reports itself and rests."""
    pid = os.fork()
    if pid:
        return pid
    if session:
        os.setsid()
    if body:
        body()
    note(role, os.getpid())
    rest()


def tree(body=None, role='root'):
    return child(role, body, session=True)


def ready(count, target=None):
    found = wait_for(count)
    found['outer'] = os.getpid()
    with open(path('ready.new'), 'w') as f:
        json.dump({'target': target or [found['root']], 'roles': found}, f)
    os.rename(path('ready.new'), path('ready'))
    reap()


def reap():
    # The kernel must not reap for us: a child that is thawed is not ours any more, and one frozen must vanish.
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            time.sleep(0.05)


def raw(*args):
    r = libc.syscall(*args)
    if r < 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
    return r


# --- families ---------------------------------------------------------------
def alone():
    tree(); ready(1)

def family_with_pipe():
    def body():
        r, w = os.pipe()
        child('reader'); child('writer')
        # each end is held by all three: that is what a plain fork does
    tree(body); ready(3)

def two_trees():
    a = tree(role='root'); b = tree(role='second'); ready(2, [a, b])

def two_trees_one_pipe():
    r, w = os.pipe()
    a = tree(role='root'); b = tree(role='second')
    os.close(r); os.close(w)
    ready(2, [a, b])

def not_a_leader():
    def leader():
        child('root')
    os.fork() or (os.setsid(), leader(), note('leader', os.getpid()), reap())
    ready(2)

def leader_leaves_member():
    # a member of the session that is no descendant of its leader any more: the middle one ends
    def body():
        middle = os.fork()
        if middle == 0:
            if os.fork() == 0:
                note('orphan', os.getpid()); rest()
            os._exit(0)
        os.waitpid(middle, 0)
    tree(body); ready(2)

def zombie_child():
    def body():
        if os.fork() == 0:
            os._exit(3)
        time.sleep(0.2)
    tree(body); ready(1)

def stopped():
    def body():
        child('halted', lambda: None)
    tree(body)
    found = wait_for(2); os.kill(found['halted'], signal.SIGSTOP); time.sleep(0.2); ready(2)

def vfork_parent():
    # the parent waits in the kernel until its vfork child execs, which it never does here
    def body():
        note('root', os.getpid())
        m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        # mov eax, 58 (vfork); syscall; test eax, eax; jnz +9; loop: mov eax, 34 (pause); syscall; jmp loop; ret
        m.write(bytes.fromhex('b83a0000000f0585c07509b8220000000f05ebf7c3'))
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()
    tree(body); time.sleep(0.5); ready(1)

def threads():
    def body():
        for _ in range(4):
            threading.Thread(target=rest, daemon=True).start()
    tree(body); ready(1)

def dead_main_thread():
    def body():
        threading.Thread(target=rest, daemon=True).start()
        time.sleep(0.2)
        note('root', os.getpid())
        raw(60, 0)  # exit(2): ends this thread only
    tree(body); time.sleep(0.3); ready(1)


# --- pipes and fifos --------------------------------------------------------
def pipe_to_outside():
    r, w = os.pipe()
    tree(lambda: os.close(r)); os.close(w); ready(1)

def fifo_inside():
    os.mkfifo(path('fifo'))
    def body():
        def one(): keep(os.open(path('fifo'), os.O_RDWR))
        child('peer', one); one()
    tree(body); ready(2)

def fifo_to_outside():
    os.mkfifo(path('fifo'))
    keep = os.open(path('fifo'), os.O_RDWR)
    def body():
        os.close(keep)
        globals()['mine'] = os.open(path('fifo'), os.O_RDWR)
    tree(body); ready(1)

def packet_pipe():
    def body(): globals()['p'] = os.pipe2(os.O_DIRECT)
    tree(body); ready(1)


# --- unix sockets -----------------------------------------------------------
def unix_pair_inside():
    def body():
        a, b = socket.socketpair()
        globals()['ab'] = (a, b)
        def other(): a.close()
        child('peer', other); b.close()
    tree(body); ready(2)

def unix_client_inside():
    s = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    def body():
        s.close()
        c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s'))
    tree(body); globals()['a'] = s.accept(); ready(1)

def unix_server_inside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
        note('listening', 0)
        globals()['a'] = s.accept()
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s')); ready(2)

def unix_listening():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    tree(body); ready(1)

def unix_abstract_listening():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind('\0zoo' + FOLDER); s.listen()
    tree(body); ready(1)

def unix_pending_outside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s')); ready(1)

def unix_pending_inside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
        def client():
            s.close()
            c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s'))
        child('peer', client)
    tree(body); ready(2)

def unix_pending_on_outside():
    s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    def body():
        s.close()
        c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s'))
    tree(body); ready(1)

def datagram_to_outside():
    s = globals()['s'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(path('log'))
    def body():
        s.close()
        c = globals()['c'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(path('log'))
    tree(body); ready(1)

def datagram_from_outside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(path('log'))
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(path('log')); ready(1)

def inherited_listener():
    s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    tree(); ready(1)


# --- the net ----------------------------------------------------------------
def tcp_listening():
    def body():
        s = globals()['s'] = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
    tree(body); ready(1)

def tcp_inside():
    def body():
        s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
        c = globals()['c'] = socket.socket(); c.connect(s.getsockname())
        a = globals()['a'] = s.accept()[0]
        def other(): c.close()
        child('peer', lambda: (a.close(), s.close())); c.close(); s.close()
    tree(body); ready(2)

def tcp_to_outside():
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); at = s.getsockname()
    def body():
        s.close()
        c = globals()['c'] = socket.socket(); c.connect(at)
    tree(body); globals()['a'] = s.accept(); s.close(); ready(1)

def tcp_pending():
    def body():
        s = globals()['s'] = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
        open(path('port'), 'w').write(str(s.getsockname()[1]))
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(); c.connect(('127.0.0.1', int(open(path('port')).read()))); ready(1)

def udp_to_outside():
    s = globals()['s'] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))
    c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(('127.0.0.1', 0))
    c.connect(s.getsockname()); s.connect(c.getsockname())
    def body(): s.close()
    tree(body); c.close(); ready(1)

def mptcp():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262); s.bind(('127.0.0.1', 0)); s.listen()
    tree(body); ready(1)

def vsock():
    def body(): globals()['s'] = socket.socket(40, socket.SOCK_STREAM)
    tree(body); ready(1)

def netlink():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0))
    tree(body); ready(1)

def packet_socket():
    def body(): globals()['s'] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
    tree(body); ready(1)

def unbound_sockets():
    def body():
        globals()['s'] = [socket.socket(), socket.socket(socket.AF_INET6), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
    tree(body); ready(1)


# --- memory -----------------------------------------------------------------
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


# --- files ------------------------------------------------------------------
def open_file_inside():
    def body():
        globals()['f'] = os.open(path('log'), os.O_RDWR | os.O_CREAT)
        child('peer')
    tree(body); ready(2)

def open_file_outside():
    globals()['f'] = os.open(path('log'), os.O_RDWR | os.O_CREAT)
    tree(); ready(1)

def same_file_opened_twice():
    globals()['f'] = os.open(path('log'), os.O_RDWR | os.O_CREAT)
    def body():
        os.close(globals()['f']); globals()['g'] = os.open(path('log'), os.O_RDWR)
    tree(body); ready(1)

def file_lock_alone():
    def body():
        f = globals()['f'] = open(path('lock'), 'w'); fcntl.lockf(f, fcntl.LOCK_EX)
        g = globals()['g'] = open(path('lock2'), 'w'); fcntl.flock(g, fcntl.LOCK_EX)
    tree(body); ready(1)

def file_lock_contended():
    def body():
        f = globals()['f'] = open(path('lock'), 'w'); fcntl.lockf(f, fcntl.LOCK_EX)
    tree(body); wait_for(1)
    def waiter():
        f = open(path('lock'), 'w'); note('waiter', os.getpid()); fcntl.lockf(f, fcntl.LOCK_EX)
    os.fork() or waiter()
    wait_for(2); time.sleep(0.2); ready(2)

def deleted_small():
    def body():
        f = globals()['f'] = open(path('gone'), 'w+b'); f.write(b'x' * 5000); f.flush(); os.unlink(path('gone'))
    tree(body); ready(1)

def deleted_big():
    def body():
        f = globals()['f'] = open(path('gone'), 'w+b'); f.write(b'x' * (3 << 20)); f.flush(); os.fsync(f); os.unlink(path('gone'))
    tree(body); ready(1)

def deleted_folder():
    def body():
        os.mkdir(path('d')); os.chdir(path('d')); os.rmdir(path('d'))
    tree(body); ready(1)

def path_only_socket():
    def body():
        s = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.close()
        globals()['f'] = os.open(path('s'), os.O_PATH)
    tree(body); ready(1)

def device():
    def body(): globals()['f'] = os.open('/dev/fuse', os.O_RDWR)
    tree(body); ready(1)

def block_device():
    def body():
        for name in sorted(os.listdir('/sys/class/block')):
            try: globals()['f'] = os.open('/dev/' + name, os.O_RDONLY); return
            except OSError: pass
        raise SystemExit('no block device')
    tree(body); ready(1)

def harmless_devices():
    def body(): globals()['f'] = [os.open('/dev/' + n, os.O_RDONLY) for n in ('zero', 'urandom', 'full')]
    tree(body); ready(1)


# --- the kernel's anonymous files ---------------------------------------------
def eventfd_outside():
    globals()['e'] = raw(290, 5, 0)
    tree(); ready(1)

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


# --- who watches ---------------------------------------------------------------
def traced_from_outside():
    pid = tree(); wait_for(1); raw(101, 0x4206, pid, 0, 0); time.sleep(0.1); ready(1)

def tracing_inside():
    def body():
        pid = child('peer'); time.sleep(0.2); raw(101, 0x4206, pid, 0, 0)
    tree(body); ready(2)


# --- places ---------------------------------------------------------------------
def own_pid_namespace():
    def body():
        raw(272, 0x20000000)
        pid = os.fork()
        if pid == 0:
            os.setsid(); rest()
        time.sleep(0.2)
        note('root', pid)
        reap()
    os.fork() or (os.setsid(), body())
    ready(1)

def inside_pid_namespace():
    def body():
        raw(272, 0x20000000)
        pid = os.fork()
        if pid == 0:
            if os.fork() == 0:
                os.setsid(); rest()
            reap()
        time.sleep(0.3)
        inner = int(open('/proc/%d/task/%d/children' % (pid, pid)).read().split()[0])
        note('init', pid); note('root', inner)
        reap()
    os.fork() or (os.setsid(), body())
    ready(2)

def nested_host_name():
    def body():
        child('peer', lambda: raw(272, 0x04000000))
    tree(body); ready(2)

def children_elsewhere():
    tree(lambda: raw(272, 0x20000000)); ready(1)

def chroot():
    def body():
        note('root', os.getpid()); os.chroot('/usr'); os.chdir('/'); rest()
    tree(body); time.sleep(0.3); ready(1)

def seccomp_filter():
    def body():
        libc.prctl(38, 1, 0, 0, 0)
        code = struct.pack('HBBI', 6, 0, 0, 0x7fff0000)
        buf = ctypes.create_string_buffer(code)
        prog = struct.pack('HxxxxxxQ', 1, ctypes.addressof(buf))
        pbuf = ctypes.create_string_buffer(prog)
        if libc.prctl(22, 2, pbuf, 0, 0) != 0: raise SystemExit('no seccomp')
    tree(body); ready(1)

def namespace_handle():
    def body():
        globals()['n'] = os.open('/proc/self/ns/net', os.O_RDONLY)
    tree(body); ready(1)


# --- terminals --------------------------------------------------------------------
# Numbers of terminals are given out lowest first, and a thaw needs the same one: so take high ones, which nobody
# else on the machine is given while a tree is frozen.
def high_terminals():
    import pty
    low = [pty.openpty() for _ in range(24)]
    return lambda: [os.close(fd) for pair in low for fd in pair]

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


# --- what is rarer -------------------------------------------------------------------
def keep(value):
    globals().setdefault('kept', []).append(value)

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

def bpf_map():
    def body():
        attr = struct.pack('IIII', 2, 4, 4, 4) + bytes(112)
        raw(321, 0, ctypes.create_string_buffer(attr, 128), 128)
    tree(body); ready(1)

def nested_network():
    def body(): child('peer', lambda: raw(272, 0x40000000))
    tree(body); ready(2)

def aio():
    def body(): raw(206, 16, ctypes.byref(ctypes.c_ulong(0)))
    tree(body); ready(1)

def netlink_groups():
    def body():
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 1)); keep(s)
    tree(body); ready(1)

def netlink_unread():
    def body():
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0)); keep(s)
        s.send(struct.pack('IHHII', 17, 18, 0x301, 1, 0) + bytes(1)); time.sleep(0.2)
    tree(body); ready(1)

def udp_unread():
    def body():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); keep(s)
        s.sendto(b'hello', s.getsockname()); time.sleep(0.1)
    tree(body); ready(1)

def udp_corked():
    def body():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); keep(s)
        s.connect(s.getsockname()); s.setsockopt(17, 1, 1); s.send(b'half')
    tree(body); ready(1)

def tcp_half_closed():
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); at = s.getsockname()
    def body():
        s.close(); c = socket.socket(); c.connect(at); keep(c)
    tree(body); a = s.accept()[0]; s.close(); a.shutdown(socket.SHUT_WR); keep(a); time.sleep(0.2); ready(1)

def tcp_abandoned():
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); at = s.getsockname()
    def body():
        s.close(); c = socket.socket(); c.connect(at); keep(c)
    tree(body); a = s.accept()[0]; s.close(); a.close(); time.sleep(0.2); ready(1)

def tun_device():
    def body(): keep(os.open('/dev/net/tun', os.O_RDWR))
    tree(body); ready(1)

def kernel_log():
    def body(): keep(os.open('/dev/kmsg', os.O_RDONLY))
    tree(body); ready(1)

def two_sessions():
    def body(): child('peer', session=True)
    tree(body); ready(2)

def child_of_gone_session():
    # a member of a session whose leader has ended, below a root that leads another
    def body():
        libc.prctl(36, 1, 0, 0, 0)
        middle = os.fork()
        if middle == 0:
            os.setsid()
            if os.fork() == 0:
                note('orphan', os.getpid()); rest()
            os._exit(0)
        os.waitpid(middle, 0)
    tree(body); ready(2)

def own_host_name():
    tree(lambda: raw(272, 0x04000000)); ready(1)

def own_ipc():
    tree(lambda: raw(272, 0x08000000)); ready(1)

def own_mounts():
    tree(lambda: raw(272, 0x00020000)); ready(1)

def mapped_and_deleted_program():
    import shutil, subprocess
    shutil.copy('/bin/sleep', path('sleep'))
    def body():
        pid = os.fork()
        if pid == 0:
            os.execv(path('sleep'), ['sleep', '1000'])
        time.sleep(0.3); note('program', pid); os.unlink(path('sleep'))
    tree(body); ready(2)

def half_open_pair():
    def body():
        a, b = socket.socketpair(); keep(a); b.close()
    tree(body); ready(1)

def server_gone():
    s = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    def body():
        s.close(); c = socket.socket(socket.AF_UNIX); c.connect(path('s')); keep(c)
    tree(body); a = s.accept()[0]; wait_for(1); a.close(); s.close(); ready(1)

def timers():
    def body():
        signal.setitimer(signal.ITIMER_REAL, 1000)
        ev = bytearray(64); struct.pack_into('QiI', ev, 0, 0, signal.SIGUSR1, 0)
        t = ctypes.c_int(0); raw(222, 1, (ctypes.c_char * 64).from_buffer(ev), ctypes.byref(t))
        raw(283, 7, 0)
    tree(body); ready(1)


def deleted_big_mapping():
    def body():
        f = open(path('big'), 'w+b'); f.write(b'x' * (3 << 20)); f.flush(); os.fsync(f)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap(None, ctypes.c_size_t(3 << 20), 1, 2, f.fileno(), ctypes.c_long(0)); f.close(); os.unlink(path('big'))
    tree(body); ready(1)

def socket_in_memory():
    folder = '/dev/shm/zoo-folder-%d' % os.getpid(); os.mkdir(folder)
    open(path('folder'), 'w').write(folder)
    def body():
        s = socket.socket(socket.AF_UNIX); s.bind(folder + '/s'); s.listen(); keep(s)
    tree(body); ready(1)


globals()[sys.argv[1]]()
