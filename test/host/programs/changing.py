"""Programs whose surroundings change while they are frozen. `changing.py NAME FOLDER`: one function each."""
import ctypes, os, resource, socket, sys, time

FOLDER = sys.argv[2]
libc = ctypes.CDLL(None, use_errno=True)
kept = []


def path(name):
    return os.path.join(FOLDER, name)


def file():
    f = open(path('file'), 'w+'); f.write('x' * 100); f.flush(); kept.append(f)


def program():
    import shutil
    shutil.copy('/bin/sleep', path('sleep')); kept.append(open(path('sleep'), 'r+b'))


def folder():
    os.mkdir(path('work')); os.chdir(path('work'))


def fifo():
    os.mkfifo(path('fifo')); kept.append(os.open(path('fifo'), os.O_RDWR))


def deleted():
    os.mkdir(path('sub')); kept.append(open(path('sub/gone'), 'w+')); os.unlink(path('sub/gone'))


def renamed():
    f = open(path('a'), 'w+'); kept.append(f); os.link(path('a'), path('b')); os.unlink(path('a'))


def unix():
    os.mkdir(path('sub')); s = socket.socket(socket.AF_UNIX); s.bind(path('sub/socket')); s.listen(); kept.append(s)


def port():
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); kept.append(s)
    open(path('port'), 'w').write(str(s.getsockname()[1]))


def connection():
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); c = socket.create_connection(s.getsockname())
    kept.extend([s, c, s.accept()[0]])


def watch():
    os.mkdir(path('watched')); i = libc.inotify_init1(0); libc.inotify_add_watch(i, path('watched').encode(), 2)


def many():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)); os.dup2(0, 3000)


def address():
    # an address of no interface, as if one had gone: bound freely, and not allowed to any more
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, 15, 1); s.bind(('192.0.2.1', 0)); s.setsockopt(socket.IPPROTO_IP, 15, 0)
    kept.append(s)


def written():
    os.mkdir(path('sub')); f = open(path('sub/gone'), 'w+'); f.write('x' * (1 << 20)); f.flush(); kept.append(f)
    os.unlink(path('sub/gone'))


def terminal():
    import pty
    kept.extend(pty.openpty())


def plain():
    pass


globals()[sys.argv[1]]()
open(path('ready'), 'w').close()
while True:
    time.sleep(0.05)
