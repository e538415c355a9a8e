"""Namespaces, chroots, filters."""
from base import *


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


def chroot_with_mounts():
    # /dev/shm, /dev/pts: what it is shown of the mounts is a part, without that of its program.
    def body():
        note('root', os.getpid()); keep(open('/etc/passwd')); os.chroot('/dev'); os.chdir('/'); rest()
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
