"""What every creature is made with: forking, reporting, waiting, raw system calls."""
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
    # As long: what lies on the stack (the seventh) is not widened, and its upper half would be whatever was there.
    r = libc.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in args))
    if r < 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
    return r


def unshare_mounts():
    """Mounts of its own that nobody else sees, without those that CRIU leaves out or does not know: most machines have
    them, and some have not."""
    raw(272, 0x00020000); raw(165, b'none', b'/', None, 0x44000, None)
    for place, kind in (line.split(' ')[1:3] for line in open('/proc/self/mounts')):
        if kind in ('bpf', 'configfs', 'hugetlbfs', 'rpc_pipefs', 'tracefs'): raw(166, place.encode(), 2)


def keep(value):
    globals().setdefault('kept', []).append(value)


# Numbers of terminals are given out lowest first, and a thaw needs the same one: so take high ones, which nobody
# else on the machine is given while a tree is frozen.
def high_terminals():
    import pty
    low = [pty.openpty() for _ in range(24)]
    return lambda: [os.close(fd) for pair in low for fd in pair]
