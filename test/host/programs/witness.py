"""Does what its arguments say, and notes what it sees in a journal. `witness.py JOURNAL VERB ARGUMENT…`"""
import os, socket, sys, threading, time

journal, verb, *args = sys.argv[1:]


def note(text):
    with open(journal, 'a') as f:
        f.write(text + '\n')


def stream(path):
    """Notes everything that it reads from a unix stream, and its end."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    note('connected')
    while data := s.recv(100):
        note('read ' + data.decode())
    note('closed')
    time.sleep(1000)


def serve(path):
    """Greets one client on a unix socket, and notes what comes from it, and its end."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen()
    note('listens')
    client = s.accept()[0]
    client.send(b'hello')
    note('greeted')
    while data := client.recv(100):
        note('read ' + data.decode())
    note('closed')
    time.sleep(1000)


def stay(folder, name):
    """Works in a folder, and greets one client on a unix socket there, of which it knows the name alone."""
    os.chdir(folder)
    serve(name)


def collect(path):
    """Plays the system's journal: notes who connects, and every line."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen()
    note('listens')

    def read(client):
        lines = client.makefile()
        head = [lines.readline().strip() for _ in range(7)]
        note('of ' + ' '.join(head))
        for line in lines:
            note(line.strip())

    while True:
        threading.Thread(target=read, args=(s.accept()[0],), daemon=True).start()


def unit(path):
    """Prints numbers as a unit of systemd does, whose output was connected to the journal for it."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.shutdown(socket.SHUT_RD)
    s.send(b'unit\nunit.service\n30\n1\n0\n0\n0\n')
    os.dup2(s.fileno(), 1)
    s.close()
    note('connected')
    for number in range(1, 10**9):
        os.write(1, b'count %d\n' % number)
        time.sleep(0.05)


def send(path):
    """Sends datagrams to a unix socket for ever."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.connect(path)
    note('connected')
    while True:
        s.send(b'%d' % os.getpid())
        time.sleep(0.05)


def receive(path):
    """Counts the datagrams that come to a unix socket."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    note('bound')
    while True:
        note('from ' + s.recv(100).decode())


def read(path, go):
    """Reads a first line, and the second one when it is told to."""
    f = open(path, 'rb', buffering=0)
    note('read ' + f.read(6).decode().strip())
    while not os.path.exists(go):
        time.sleep(0.02)
    note('read ' + f.read(100).decode().strip())
    time.sleep(1000)


def log(path, append):
    """Writes a line every 50 ms through one descriptor."""
    f = open(path, 'ab' if append == 'append' else 'wb', buffering=0)
    for number in range(1, 10**9):
        f.write(b'%d\n' % number)
        note('wrote %d' % number)
        time.sleep(0.05)


def churn(folder):
    """Has a new file open every 10 ms, deletes the one before, and reads the new one by its name."""
    before = None
    for number in range(1, 10**9):
        path = f'{folder}/{number}'
        f = open(path, 'w+', buffering=1)
        f.write('%d\n' % number)
        if before:
            os.unlink(before)
        note('read ' + open(path).read().strip())
        before = path
        time.sleep(0.01)


def temporary(folder, user):
    """Makes files and folders as another user and closes them, and finds them when it is told to."""
    import ctypes

    journal_file = open(journal, 'a', buffering=1)
    ctypes.CDLL(None).setfsuid(int(user))
    os.makedirs(f'{folder}/made/empty')
    with open(f'{folder}/made/list', 'w') as f:
        f.write('sorted')
    journal_file.write('made\n')
    while not os.path.exists(f'{folder}/go'):
        time.sleep(0.02)
    found = open(f'{folder}/made/list').read()
    journal_file.write(f'found {found} {os.listdir(folder + "/made/empty")}\n')
    time.sleep(1000)


globals()[verb](*args)
