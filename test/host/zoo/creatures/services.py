"""What long-running services leave behind them."""
from base import *


def daemon_of_two_forks():
    # as daemon(3) and so many init scripts have it: no leader of a session, and the leader is gone
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            note('root', os.getpid()); rest()
        os._exit(0)
    ready(1)


def daemon_of_one_fork():
    # orphaned, but a leader
    middle = os.fork()
    if middle == 0:
        if os.fork() == 0:
            os.setsid(); note('root', os.getpid()); rest()
        os._exit(0)
    ready(1)


def terminal_gone():
    # a login that ended: what ignored the hang-up is left with a terminal that is none any more
    import pty
    def body():
        release = high_terminals(); signal.signal(signal.SIGHUP, signal.SIG_IGN)
        m, s = pty.openpty(); keep(s); os.close(m); release()
    tree(body); ready(1)


def controlling_terminal_gone():
    import pty
    release = high_terminals()
    pid, master = pty.fork()
    if pid == 0:
        release(); signal.signal(signal.SIGHUP, signal.SIG_IGN); note('root', os.getpid()); rest()
    release(); wait_for(1); os.close(master); time.sleep(0.1); ready(1)


def stopped_tree():
    def body(): child('peer')
    tree(body); found = wait_for(2)
    for role in ('peer', 'root'): os.kill(found[role], signal.SIGSTOP)
    time.sleep(0.2); ready(2)


def group_leaders_gone():
    # `true | sleep`: one group bears the number of a zombie, another that of one who is gone altogether
    def leader():
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0); time.sleep(0.4); os._exit(0)
        time.sleep(0.1)
        return pid
    def body():
        dead, gone = leader(), leader()
        child('late', lambda: os.setpgid(0, dead))
        child('one', lambda: os.setpgid(0, gone)); child('two', lambda: os.setpgid(0, gone)); os.waitpid(gone, 0); time.sleep(0.2)
    tree(body); ready(4)


def strange_name():
    def body():
        libc.prctl(15, b') S 1 1 1\n(', 0, 0, 0); child('peer', lambda: libc.prctl(15, b'a) Z (b\t', 0, 0, 0))
    tree(body); ready(2)


def well_set_up():
    # limits, capabilities and the other settings that a unit file can give, and a signal that waits
    def body():
        import resource
        os.setpriority(os.PRIO_PROCESS, 0, -5); os.umask(0o27)
        libc.prctl(36, 1, 0, 0, 0); libc.prctl(4, 0, 0, 0, 0); libc.prctl(38, 1, 0, 0, 0); libc.prctl(24, 0, 0, 0, 0)
        open('/proc/self/oom_score_adj', 'w').write('500'); open('/proc/self/coredump_filter', 'w').write('0x7')
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); signal.setitimer(signal.ITIMER_REAL, 1000, 1000)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); os.kill(os.getpid(), signal.SIGUSR1)
    tree(body); ready(1)


def realtime():
    def body():
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
        child('idle', lambda: os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)))
        child('batch', lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)))
    tree(body); ready(3)


def settings_forgotten():
    # one processor, idle I/O, fixed addresses
    def body(): os.sched_setaffinity(0, [0]); raw(251, 1, 0, 3 << 13); libc.personality(0x40000)
    tree(body); ready(1)


def thread(run):
    t = threading.Thread(target=run, daemon=True); t.start(); keep(t)


def threads_that_differ():
    # each thread with capabilities, a name and a policy of its own
    def less():
        raw(126, ctypes.create_string_buffer(struct.pack('II', 0x20080522, 0), 8), ctypes.create_string_buffer(24))
        libc.prctl(15, b'less', 0, 0, 0); rest()
    def batch():
        raw(144, 0, 3, ctypes.create_string_buffer(4)); libc.prctl(15, b'batch', 0, 0, 0); rest()
    def body(): thread(less); thread(batch); time.sleep(0.2)
    tree(body); ready(1)


def threads_apart():
    # one with a folder of its own (Samba), one with descriptors, one in a network of its own (Go)
    def folder(): raw(272, 0x200); os.chdir('/tmp'); rest()
    def descriptors(): raw(272, 0x400); keep(os.open(path('own'), os.O_RDWR | os.O_CREAT)); rest()
    def network(): raw(272, 0x40000000); rest()
    def body():
        os.chdir('/')
        for run in (folder, descriptors, network): thread(run)
        time.sleep(0.2)
    tree(body); ready(1)


def deadline_of_thread():
    def run(): raw(314, 0, ctypes.create_string_buffer(struct.pack('IIQiIQQQ', 48, 6, 0, 0, 0, 10_000_000, 100_000_000, 100_000_000), 48), 0); rest()
    def body(): thread(run); time.sleep(0.2)
    tree(body); ready(1)


def lock_of_dead_locker():
    # `exec 9>lock; flock 9`: the lock belongs to what is open, and the locker it is booked on has ended
    def body():
        f = open(path('lock'), 'w'); keep(f)
        if os.fork() == 0:
            fcntl.flock(f, fcntl.LOCK_EX); os._exit(0)
        os.wait()
    tree(body); wait_for(1)
    def waiter():
        f = open(path('lock'), 'w'); note('waiter', os.getpid()); fcntl.flock(f, fcntl.LOCK_EX)
    os.fork() or waiter()
    wait_for(2); time.sleep(0.2); ready(2)


def lock_of_description():
    # an OFD lock, with somebody outside waiting for it
    def lock(f, wait): fcntl.fcntl(f, 38 if wait else 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))
    def body():
        f = open(path('lock'), 'w'); lock(f, False); keep(f)
    tree(body); wait_for(1)
    def waiter():
        f = open(path('lock'), 'w'); note('waiter', os.getpid()); lock(f, True)
    os.fork() or waiter()
    wait_for(2); time.sleep(0.2); ready(2)


def lock_waited_for_inside():
    # the tree waits for a lock that somebody outside has
    f = open(path('lock'), 'w'); fcntl.flock(f, fcntl.LOCK_EX); keep(f)
    def body():
        os.close(f.fileno()); note('root', os.getpid()); g = open(path('lock'), 'w'); fcntl.flock(g, fcntl.LOCK_EX)
    tree(body); time.sleep(0.3); ready(1)


def lock_waited_for_within():
    def body():
        f = open(path('lock'), 'w'); fcntl.flock(f, fcntl.LOCK_EX); keep(f)
        def waiter():
            os.close(f.fileno()); note('peer', os.getpid()); g = open(path('lock'), 'w'); fcntl.flock(g, fcntl.LOCK_EX)
        child('peer', waiter)
    tree(body); time.sleep(0.3); ready(2)


def subreaper_of_orphans():
    def body():
        libc.prctl(36, 1, 0, 0, 0)
        middle = os.fork()
        if middle == 0:
            if os.fork() == 0:
                note('orphan', os.getpid()); rest()
            os._exit(0)
        os.waitpid(middle, 0)
    tree(body); ready(2)


def other_folders():
    # one below is in a jail
    def jailed(): note('jailed', os.getpid()); os.mkdir(path('jail')); os.chroot(path('jail')); os.chdir('/'); rest()
    def body():
        if os.fork() == 0: jailed()
        child("plain")
    tree(body); time.sleep(0.3); ready(3)


def own_clock():
    def body():
        raw(272, 0x80); pid = os.fork()
        if pid == 0: os.setsid(); note('root', os.getpid()); rest()
        reap()
    os.fork() or (os.setsid(), body())
    ready(1)


def two_in_one_network():
    # the tree has a network of its own, and somebody outside is in it, too
    pid = tree(lambda: raw(272, 0x40000000)); wait_for(1)
    def enter(): f = os.open('/proc/%d/ns/net' % pid, os.O_RDONLY); raw(308, f, 0); os.close(f)
    child('guest', enter); ready(2)


def jail_gone():
    def body(): os.mkdir(path('j')); note('root', os.getpid()); os.chroot(path('j')); os.chdir('/'); rest()
    tree(body); time.sleep(0.3); os.rmdir(path('j')); ready(1)


def kept_by_few():
    # seccomp: all calls but one are forbidden to the root, and a filter for one thread only of its child
    def filtered(code):
        buf = ctypes.create_string_buffer(code); prog = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', len(code) // 8, ctypes.addressof(buf)))
        libc.prctl(38, 1, 0, 0, 0); libc.prctl(22, 2, prog, 0, 0)
    allow = struct.pack('HBBI', 6, 0, 0, 0x7fff0000)
    def run(): filtered(allow); rest()
    def other(): thread(run); time.sleep(0.2)
    def body():
        child('peer', other); note('root', os.getpid())
        m = mmap.mmap(-1, 4096, prot=7); m.write(bytes.fromhex('b8220000000f05ebf7'))
        pause = ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
        filtered(struct.pack('HBBI', 0x20, 0, 0, 0) + struct.pack('HBBI', 0x15, 0, 1, 34) + allow + struct.pack('HBBI', 6, 0, 0, 0x80000000)); pause()
    tree(body); wait_for(2); time.sleep(0.2); ready(2)


def forked_by_thread():
    # the child of a thread, which sleeps in a signal handler, and a zombie that led a session
    def handled():
        cb = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda n: libc.pause()); note('peer', os.getpid()); libc.signal(signal.SIGUSR1, cb); os.kill(os.getpid(), signal.SIGUSR1)
    def run(): child('peer', handled); rest()
    def body():
        libc.prctl(36, 1, 0, 0, 0); thread(run)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: note('orphan', os.getpid()); rest()
            os._exit(0)
    tree(body); wait_for(3); time.sleep(0.2); ready(3)


def terminal_of_container():
    # somebody outside has a terminal of the same number, of a devpts of its own, as containers do
    import pty
    def body():
        release = high_terminals(); pid, m = pty.fork()
        if pid == 0: release(); note('shell', os.getpid()); rest()
        keep(m); release()
        open(path('number'), 'w').write(os.readlink('/proc/%d/fd/0' % pid))
    tree(body); found = wait_for(2); wanted = os.readlink('/proc/%d/fd/0' % found['shell'])
    def guest():
        unshare_mounts()
        raw(165, b'devpts', b'/dev/pts', b'devpts', 0, b'newinstance,ptmxmode=0666')
        for _ in range(100):
            m = os.open('/dev/pts/ptmx', os.O_RDWR | os.O_NOCTTY); fcntl.ioctl(m, 0x40045431, struct.pack('i', 0))
            n = struct.unpack('i', fcntl.ioctl(m, 0x80045430, bytes(4)))[0]
            keep((m, os.open('/dev/pts/%d' % n, os.O_RDWR | os.O_NOCTTY)))
            if '/dev/pts/%d' % n == wanted: return
        raise SystemExit('no such number')
    child('guest', guest); ready(3)
