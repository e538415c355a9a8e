"""A forest: `forest.py READY TREES PROCESSES`. Each tree is a session that shares memory, a pipe and a socket pair.

READY gets the PIDs of the roots when all stand. The forest ends with this process.
"""
import ctypes, mmap, os, signal, socket, sys, time

ready, trees, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PR_SET_PDEATHSIG = 1
prctl = ctypes.CDLL(None).prctl
signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def rest():
    while True:
        time.sleep(1000)


def grow():
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    mmap.mmap(-1, 4096)
    os.pipe()
    pair = socket.socketpair()
    for _ in range(size - 1):
        if os.fork() == 0:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            rest()
    rest()


roots = []
for _ in range(trees):
    pid = os.fork()
    if pid == 0:
        grow()
    roots.append(pid)
time.sleep(1)
with open(ready + '.new', 'w') as f:
    f.write(' '.join(map(str, roots)))
os.rename(ready + '.new', ready)
rest()
