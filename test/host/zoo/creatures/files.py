"""Files, locks and devices."""
from base import *


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
