"""What is rarer still."""
import base
from base import *


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


def own_ipc_in_use():
    def body():
        raw(272, 0x08000000)
        shm = libc.shmget(4711, 4096, 0o1600); libc.shmat.restype = ctypes.c_void_p
        ctypes.memmove(libc.shmat(shm, None, 0), b'zoo', 3)
        libc.msgsnd(libc.msgget(4712, 0o1600), struct.pack('l2s', 1, b'hi'), 2, 0)
        libc.semget(4713, 2, 0o1600)
    tree(body); ready(1)


def up():
    s = socket.socket()
    fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x49) + bytes(22)); s.close()  # SIOCSIFFLAGS


def own_network():
    def body():
        raw(272, 0x40000000); up()
        s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); keep(s)
    tree(body); ready(1)


def own_network_with_veth():
    import subprocess
    def body():
        raw(272, 0x40000000)
        subprocess.check_call(['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'])
    tree(body); ready(1)


def own_network_nested():
    def body():
        raw(272, 0x40000000); up()
        child('peer', lambda: (raw(272, 0x40000000), up()))
    tree(body); ready(2)


# A program of its own, none of whose files were opened outside: they would belong to the mounts of before.
IDLE = 'import time\nwhile True: time.sleep(1000)'


def start_inside(null='/dev/null'):
    n = os.open(null, os.O_RDWR)
    for fd in (0, 1, 2): os.dup2(n, fd)
    os.close(n); note('root', os.getpid())


def own_mounts():
    tree(unshare_mounts); ready(1)


def own_mounts_from_start():
    def body():
        unshare_mounts(); start_inside()
        os.execv('/usr/bin/python3', ['python3', '-I', '-S', '-c', IDLE])
    tree(body); time.sleep(0.5); ready(1)


def overlay_container():
    """As container engines make them: an overlay for its root, its own proc and dev, everything unshared but users."""
    def mount(source, target, kind, flags=0, data=None):
        if libc.mount(source, target, kind, flags, data): raise SystemExit('mount %r' % target)
    def init():
        os.setsid()
        root = path('root').encode()
        mount(None, b'/', None, 0x44000)
        for name in ('root', 'upper', 'work'): os.mkdir(path(name))
        places = 'lowerdir=/,upperdir=%s,workdir=%s' % (path('upper'), path('work'))
        mount(b'overlay', root, b'overlay', 0, places.encode())
        os.mkdir(path('root') + '/old'); os.chdir(root)
        raw(155, b'.', b'old'); os.chdir('/')
        mount(b'proc', b'/proc', b'proc'); mount(b'tmpfs', b'/dev', b'tmpfs', 0, b'mode=755')
        os.mknod('/dev/null', 0o20666, os.makedev(1, 3))
        if libc.umount2(b'/old', 2): raise SystemExit('umount')
        n = os.open('/dev/null', os.O_RDWR)
        for fd in (0, 1, 2): os.dup2(n, fd)
        os.close(n); os.execv('/usr/bin/python3', ['python3', '-I', '-S', '-c', IDLE])
    contained(0x6E020000, init)


def engine_without_mounts():
    """PID, network, IPC, host name and control group of its own, the machine's mounts."""
    def init():
        os.setsid(); up()
        if os.fork() == 0: rest()
        rest()
    contained(0x6E000000, init)


def contained(spaces, init):
    """Forks the first process of a new PID namespace from one that has ended by the time of the freeze."""
    r, w = os.pipe()
    if os.fork() == 0:
        raw(272, spaces)
        pid = os.fork()
        if pid == 0:
            os.close(r); os.close(w); init()
        os.write(w, b'%d' % pid); os._exit(0)
    os.wait(); root = int(os.read(r, 16)); os.close(r); os.close(w); time.sleep(1)
    note('root', root)
    for child in open('/proc/%d/task/%d/children' % (root, root)).read().split(): note('peer', int(child))
    ready(1)


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


def renamed_socket():
    # as haproxy does, so that the name appears with a listener behind it; bound once more, unlinked: nobody misses that
    def body():
        s = socket.socket(socket.AF_UNIX); s.bind(path('s.tmp')); s.listen(); os.rename(path('s.tmp'), path('s')); keep(s)
        g = socket.socket(socket.AF_UNIX); g.bind(path('gone')); g.listen(); os.unlink(path('gone')); keep(g)
    tree(body); ready(1)


def move_in():
    # the folder of the creature becomes its root
    os.mkdir(path('tmp')); os.chroot(path('')); os.chdir('/'); base.FOLDER = '/'


def renamed_socket_in_own_root():
    def body():
        move_in()
        s = socket.socket(socket.AF_UNIX); s.bind('/tmp/ckpt-zoo-s.tmp'); s.listen(); os.rename('/tmp/ckpt-zoo-s.tmp', '/tmp/s'); keep(s)
    tree(body); ready(1)


def renamed_socket_in_own_mounts():
    code = ''.join([
        'import os, socket, time; s = socket.socket(socket.AF_UNIX); s.bind("%s/s.tmp"); s.listen(); ' % path('in'),
        'os.rename("%s/s.tmp", "%s/s"); time.sleep(10 ** 6)' % (path('in'), path('in'))])
    os.mkdir(path('in'))
    def body():
        unshare_mounts(); start_inside()
        if libc.mount(b'tmpfs', path('in').encode(), b'tmpfs', 0, None): raise SystemExit('mount')
        os.execv('/usr/bin/python3', ['python3', '-I', '-S', '-c', code])
    tree(body); time.sleep(0.5); ready(1)


def socket_in_own_root():
    def body():
        move_in()
        s = socket.socket(socket.AF_UNIX); s.bind('/tmp/ckpt-zoo-s'); s.listen(); keep(s)
    tree(body); ready(1)


def socket_in_memory():
    folder = '/dev/shm/zoo-folder-%d' % os.getpid(); os.mkdir(folder)
    open(path('folder'), 'w').write(folder)
    def body():
        s = socket.socket(socket.AF_UNIX); s.bind(folder + '/s'); s.listen(); keep(s)
    tree(body); ready(1)
