"""More of files, pipes, memory and the kernel's own objects."""
from base import *
libc.mmap.restype = ctypes.c_void_p


def files_of_all_kinds():
    # by path only, a symbolic link, folders (one of them deleted), in a deleted folder, under names that mislead,
    # renamed, of /proc and /sys, leased, mapped beyond the end, and a library that was replaced as upgrades do it
    def body():
        import shutil
        open(path('f'), 'w').close(); os.symlink('/etc/passwd', path('l'))
        keep([os.open(n, os.O_PATH | os.O_NOFOLLOW) for n in (path('f'), FOLDER, '/dev/null', path('l'))])
        keep([os.open(n, os.O_RDONLY) for n in (FOLDER, '/proc', '/sys', '/proc/sys/kernel/pid_max', '/proc/mounts', '/sys/kernel/mm/transparent_hugepage/enabled')])
        os.mkdir(path('d')); keep(os.open(path('d'), os.O_RDONLY)); os.rmdir(path('d'))
        os.mkdir(path('e')); keep(open(path('e/f'), 'w+')); os.unlink(path('e/f')); os.rmdir(path('e'))
        keep([open(path('x (deleted)'), 'w+'), open(path('a\nb c'), 'w+')]); os.mkdir(path('d\ne')); os.chdir(path('d\ne'))
        keep(open(path('log'), 'a')); os.rename(path('log'), path('log.1')); open(path('log'), 'w').close()
        f = open(path('f')); fcntl.fcntl(f, 1024, fcntl.F_RDLCK); keep(f)
        f = open(path('data'), 'w+b'); f.write(b'0' * 16384); f.flush()
        keep([mmap.mmap(f.fileno(), 16384), mmap.mmap(f.fileno(), 16384, mmap.MAP_PRIVATE)]); f.truncate(4096); f.close()
        shutil.copy('/usr/bin/true', path('lib.so')); f = open(path('lib.so'), 'rb')
        keep(mmap.mmap(f.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)); f.close()
        shutil.copy('/usr/bin/false', path('new')); os.rename(path('new'), path('lib.so'))
    tree(body); ready(1)


def pipes_of_all_kinds():
    # enlarged and filled, holding pages of a file, a fifo that waits for a writer, one that is deleted; last it sleeps
    # in the opening of another
    def body():
        r, w = os.pipe(); keep((r, w)); fcntl.fcntl(w, 1031, 1 << 20); os.write(w, b'x' * 500000)
        r, w = os.pipe(); keep((r, w)); f = os.open('/etc/services', os.O_RDONLY); os.splice(f, w, 3000); os.close(f); os.write(w, b'and more')
        os.mkfifo(path('f')); keep(os.open(path('f'), os.O_RDONLY | os.O_NONBLOCK))
        os.mkfifo(path('g')); f = os.open(path('g'), os.O_RDWR); keep(f); os.write(f, b'left'); os.unlink(path('g'))
        os.mkfifo(path('h')); note('root', os.getpid()); os.open(path('h'), os.O_RDONLY)
    tree(body); wait_for(1); time.sleep(0.1); ready(1)


def pipeline_middle():
    # a relay: one pipe in, one out, the other ends outside
    r1, w1 = os.pipe(); r2, w2 = os.pipe()
    def body(): os.close(w1); os.close(r2)
    tree(body); os.close(r1); os.close(w2); ready(1)


def path_only_fifo():
    def body(): os.mkfifo(path('f')); keep(os.open(path('f'), os.O_PATH))
    tree(body); ready(1)


def path_only_terminal():
    tree(lambda: keep(os.open('/dev/ptmx', os.O_PATH))); ready(1)


def own_process_files():
    def body():
        keep([os.open('/proc/self/' + n, os.O_RDONLY) for n in ('maps', 'mem', 'fd', 'task')])
        keep(os.open('/proc/%d/stat' % child('peer'), os.O_RDONLY))
    tree(body); ready(2)


def shared_file_read_only():
    # reads by mapping what somebody outside writes by mapping
    open(path('data'), 'wb').write(b'0' * 4096)
    def body():
        f = os.open(path('data'), os.O_RDONLY); libc.mmap(None, ctypes.c_size_t(4096), 1, 1, f, ctypes.c_long(0)); os.close(f)
    tree(body); wait_for(1)
    f = open(path('data'), 'r+b'); keep(mmap.mmap(f.fileno(), 4096)); f.close(); ready(1)


def shared_read_by_both():
    # a locale archive: nobody writes it, so it ties nobody
    open(path('data'), 'wb').write(b'0' * 4096); f = os.open(path('data'), os.O_RDONLY)
    libc.mmap(None, ctypes.c_size_t(4096), 1, 1, f, ctypes.c_long(0)); os.close(f)
    tree(); ready(1)


def signals_to_outside():
    # SIGIO of a pipe goes to somebody outside
    outer = os.getpid()
    def body(): r, w = os.pipe(); keep((r, w)); fcntl.fcntl(r, fcntl.F_SETOWN, outer)
    tree(body); ready(1)


def memory_of_all_kinds():
    # not to be forked, wiped on fork, not dumped, huge, not huge; growing down; reserved only; locked. Sealed memory
    # files, mapped before they were sealed against what comes
    def anonymous(size, flags=0x22, prot=3):
        a = libc.mmap(None, ctypes.c_size_t(size), prot, flags, -1, ctypes.c_long(0))
        if a in (None, 2**64 - 1): raise SystemExit('no memory')
        return a
    def body():
        for what in (10, 18, 16, 14, 15):
            a = anonymous(1 << 21); ctypes.memset(a, 1, 4096)
            if libc.madvise(ctypes.c_void_p(a), ctypes.c_size_t(1 << 21), what) != 0: raise SystemExit('no advice %d' % what)
        ctypes.memset(anonymous(65536, 0x122) + 65536 - 4096, 1, 4096)
        anonymous(1 << 34, 0x4022, 0)
        f = libc.memfd_create(b'sealed', 2); os.write(f, b'x' * 5000); fcntl.fcntl(f, 1033, 15)
        g = libc.memfd_create(b'future', 2); os.write(g, b'x' * 5000); keep(mmap.mmap(g, 4096)); fcntl.fcntl(g, 1033, 16)
        h = libc.memfd_create(b'noexec', 8); os.write(h, b'x')
        if libc.mlockall(1) != 0: raise SystemExit('no lock')
    tree(body); ready(1)


def memory_file_sealed_and_mapped():
    def body():
        f = libc.memfd_create(b'sealed', 2); os.write(f, b'x' * 5000); fcntl.fcntl(f, 1033, 15)
        keep(mmap.mmap(f, 4096, mmap.MAP_SHARED, mmap.PROT_READ))
    tree(body); ready(1)


def shared_memory_odd_parts():
    # a memory file that is only mapped; shared memory with a hole and a part without access; an unlinked semaphore
    lib = ctypes.CDLL(None); lib.sem_open.restype = ctypes.c_void_p
    def body():
        f = os.memfd_create('zoo'); os.ftruncate(f, 8192); libc.mmap(None, ctypes.c_size_t(8192), 3, 1, f, ctypes.c_long(0)); os.close(f)
        m = mmap.mmap(-1, 1 << 20); keep(m); m[0] = 1; at = ctypes.addressof(ctypes.c_char.from_buffer(m))
        libc.mprotect(ctypes.c_void_p(at + 8192), ctypes.c_size_t(4096), 0); libc.munmap(ctypes.c_void_p(at + 65536), ctypes.c_size_t(65536))
        name = b'/zoo-%d' % os.getpid(); lib.sem_open(name, os.O_CREAT, 0o600, 1); lib.sem_unlink(name)
        child('peer')
    tree(body); ready(2)


def named_semaphore():
    lib = ctypes.CDLL(None); lib.sem_open.restype = ctypes.c_void_p
    name = b'/zoo-%d' % os.getpid(); open(path('folder'), 'w').write('/dev/shm/sem.' + name.decode()[1:])
    lib.sem_open(name, os.O_CREAT, 0o600, 1)
    tree(); ready(1)


def sysv_memory_shared():
    # attached by the tree and by somebody outside
    i = libc.shmget(0, 4096, 0o1600); libc.shmat.restype = ctypes.c_void_p; libc.shmat(i, None, 0)
    open(path('sysv-shm'), 'w').write(str(i))
    tree(); ready(1)


def sysv_memory_unattached():
    # made by the tree, and attached by nobody
    def body(): open(path('sysv-shm'), 'w').write(str(libc.shmget(0, 4096, 0o1600)))
    tree(body); ready(1)


def program_in_memory():
    # as runc starts itself
    def body():
        pid = os.fork()
        if pid == 0:
            f = os.memfd_create('program', 0); os.write(f, open('/usr/bin/sleep', 'rb').read())
            r = os.open('/proc/self/fd/%d' % f, os.O_RDONLY); os.close(f); os.set_inheritable(r, False)
            os.execve(r, ['sleep', '1000'], {})
        time.sleep(0.3); note('program', pid)
    tree(body); ready(2)


def kernel_objects():
    # an epoll in an epoll, handles of a dead child and of itself, asynchronous I/O, timers of the common clocks
    def body():
        outer, inner = select.epoll(), select.epoll(); keep((outer, inner)); r, w = os.pipe(); keep((r, w))
        inner.register(r, select.EPOLLIN | select.EPOLLET); outer.register(inner.fileno(), select.EPOLLIN)
        pid = os.fork()
        if pid == 0: time.sleep(0.2); os._exit(0)
        keep([os.pidfd_open(pid), os.pidfd_open(os.getpid())]); os.waitpid(pid, 0)
        ctx = ctypes.c_ulong(0); raw(206, 16, ctypes.byref(ctx)); keep(ctx); f = os.open(path('f'), os.O_RDWR | os.O_CREAT)
        buf = ctypes.create_string_buffer(b'x' * 512); keep(buf)
        cb = ctypes.create_string_buffer(struct.pack('QIiHhIQQqQII', 1, 0, 0, 1, 0, f, ctypes.addressof(buf), 512, 0, 0, 0, 0))
        raw(209, ctx, 1, ctypes.byref(ctypes.c_void_p(ctypes.addressof(cb))))
        for clock in (0, 1, 7):
            t = raw(283, clock, 0); first = int(time.time()) + 1000 if clock == 0 else 1000
            raw(286, t, 3 if clock == 0 else 0, ctypes.create_string_buffer(struct.pack('qqqq', 5, 0, first, 0)), None)
    tree(body); ready(1)


def watch_of_closed():
    # what it watches was closed here and lives on in a child
    def body():
        e = select.epoll(); keep(e); r, w = os.pipe(); e.register(r, select.EPOLLIN)
        child('peer', lambda: e.close()); os.close(r); os.close(w)
    tree(body); ready(2)


def alarm_timer():
    tree(lambda: keep(raw(283, 9, 0))); ready(1)


def handle_of_thread():
    def body():
        t = threading.Thread(target=rest, daemon=True); t.start(); keep(raw(434, t.native_id, 0x80))
    tree(body); ready(1)


def kernel_program():
    # a BPF socket filter that returns 0
    code = ctypes.create_string_buffer(struct.pack('BBhiBBhi', 0xb7, 0, 0, 0, 0x95, 0, 0, 0)); licence = ctypes.create_string_buffer(b'GPL')
    attr = struct.pack('IIQQ', 1, 2, ctypes.addressof(code), ctypes.addressof(licence)) + bytes(104)
    return raw(321, 5, ctypes.create_string_buffer(attr, 128), 128)


def program_for_kernel():
    tree(lambda: keep(kernel_program())); ready(1)


def filter_of_kernel_program():
    def body():
        f = kernel_program(); s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); keep(s)
        s.setsockopt(socket.SOL_SOCKET, 50, struct.pack('i', f)); os.close(f)
    tree(body); ready(1)


def mount_being_made():
    tree(lambda: keep(raw(430, b'tmpfs', 0))); ready(1)


def mount_of_nowhere():
    # a mount that is held by a descriptor only
    tree(lambda: keep(raw(428, -100, FOLDER.encode(), 1))); ready(1)


def locks_of_all_kinds():
    # on a folder, a fifo, a device, a deleted file, of an open file and of the process on one; a lease to write
    def body():
        os.mkfifo(path('f')); d = open(path('d'), 'w+'); os.unlink(path('d'))
        for f in (os.open(FOLDER, os.O_RDONLY), os.open(path('f'), os.O_RDWR), os.open('/dev/null', os.O_RDWR), d):
            fcntl.flock(f, fcntl.LOCK_EX); keep(f)
        f = open(path('l'), 'w+'); keep(f); fcntl.lockf(f, fcntl.LOCK_EX, 5, 20)
        fcntl.fcntl(f, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 10, 0))
        f = open(path('m'), 'w+'); fcntl.fcntl(f, 1024, fcntl.F_WRLCK); keep(f)
    tree(body); ready(1)


def watch_of_kernel_files():
    def body(): i = libc.inotify_init1(0); libc.inotify_add_watch(i, FOLDER.encode(), 2); libc.inotify_add_watch(i, b'/proc/sys', 2)
    tree(body); ready(1)


def watches_of_all_kinds():
    # of file systems in memory, of devices and control groups; of a mount and a file system, with handles
    def body():
        i = libc.inotify_init1(0)
        for p in (b'/dev/shm', b'/dev', b'/tmp', b'/sys/fs/cgroup'): libc.inotify_add_watch(i, p, 2)
        for flags, mark, mask in [(0, 0x11, 1), (0x200, 0x101, 0x100), (0x200, 1, 0x40000100)]:
            f = raw(300, flags, 0)
            if libc.fanotify_mark(f, mark, ctypes.c_uint64(mask), -100, FOLDER.encode()) < 0: raise SystemExit('no mark')
    tree(body); ready(1)


def huge_memory_file():
    def body():
        f = libc.memfd_create(b'huge', 4)
        if f < 0: raise SystemExit('no huge pages')
    tree(body); ready(1)


def no_space_left():
    # at its limit of address space
    def body():
        import resource
        used = int(open('/proc/self/statm').read().split()[0]) * 4096 + 8192; resource.setrlimit(resource.RLIMIT_AS, (used, used))
    tree(body); ready(1)
