"""Connections in the states that they pass through, several at once where each alone would say no more."""
from base import *

INET, INET6, UNIX = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX
STREAM, DGRAM, PACKETS = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET


def listener(family=INET, address=('127.0.0.1', 0), backlog=9):
    s = socket.socket(family); s.bind(address); s.listen(backlog)
    return s


def joined():
    s = listener(); c = socket.socket(); c.connect(s.getsockname()); a = s.accept()[0]; s.close()
    return c, a


def datagrams(address='127.0.0.1'):
    s = socket.socket(INET, DGRAM); s.bind((address, 0))
    return s


def conversations_inside():
    # four of TCP (half closed; unread both ways; urgent data; a full buffer), two of UDP, packets, half a unix stream
    def body():
        half, unread, urgent, full = [joined() for _ in range(4)]
        half[1].shutdown(socket.SHUT_WR)
        unread[0].send(b'x' * 100000); unread[1].send(b'y' * 100000)
        urgent[0].send(b'abc'); urgent[0].send(b'!', socket.MSG_OOB); urgent[0].send(b'def')
        full[0].setblocking(False)
        try:
            while True: full[0].send(b'z' * 65536)
        except BlockingIOError: pass
        both = datagrams(), datagrams(); both[0].connect(both[1].getsockname()); both[1].connect(both[0].getsockname())
        one = datagrams(), datagrams(); one[0].connect(one[1].getsockname())
        packets = socket.socketpair(UNIX, PACKETS); packets[0].send(b'one'); packets[0].send(b'two')
        stream = socket.socketpair(); stream[0].send(b'rest'); stream[0].shutdown(socket.SHUT_WR)
        pairs = [half, unread, urgent, full, both, one, packets, stream]; keep(pairs)
        child('peer', lambda: [p[1].close() for p in pairs])
        for p in pairs: p[0].close()
    tree(body); time.sleep(0.2); ready(2)


def conversations_outside():
    # TCP by a mapped address and by version 6, to one who does not accept, and to one whose backlog is full; UDP to a
    # server that is connected to nobody, and from such a client
    six = listener(INET6, ('::', 0)); own6 = listener(INET6, ('::1', 0)); shut = listener(); full = listener(backlog=0)
    server = datagrams(); first = socket.socket(); first.connect(full.getsockname()); keep([shut, full, server, first])
    def body():
        ours = datagrams(); open(path('port'), 'w').write(str(ours.getsockname()[1])); keep(ours)
        for family, at in [(INET, ('127.0.0.1', six.getsockname()[1])), (INET6, own6.getsockname()), (INET, shut.getsockname())]:
            c = socket.socket(family); c.connect(at); keep(c)
        c = socket.socket(INET, DGRAM); c.connect(server.getsockname()); keep(c)
        c = socket.socket(); c.setblocking(False); keep(c); at = full.getsockname()
        for one in (six, own6, shut, full, server, first): one.close()
        try: c.connect(at)
        except BlockingIOError: pass
    tree(body); keep([six.accept(), own6.accept()]); six.close(); own6.close(); wait_for(1)
    client = datagrams(); client.connect(('127.0.0.1', int(open(path('port')).read()))); keep(client); time.sleep(0.1); ready(1)


def two_trees_tcp():
    s = listener(); at = s.getsockname()
    def body():
        s.close(); c = socket.socket(); c.connect(at); keep(c)
    a = tree(body, 'root'); wait_for(1); c = s.accept()[0]; s.close()
    b = tree(None, 'second'); c.close(); ready(2, [a, b])


def two_trees_datagrams():
    # a log in one, a writer in the other
    def log():
        s = socket.socket(UNIX, DGRAM); s.bind(path('log')); keep(s)
    a = tree(log, 'root'); wait_for(1)
    def writer():
        s = socket.socket(UNIX, DGRAM); s.connect(path('log')); keep(s)
    b = tree(writer, 'second'); ready(2, [a, b])


def port_shared():
    # three listeners of their own on one port, one of them outside
    def listen(port=0):
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); s.bind(('127.0.0.1', port)); s.listen()
        return s
    first = listen(); port = first.getsockname()[1]; keep(first)
    def body():
        first.close(); own = listen(port); keep(own)
        def other(): own.close(); keep(listen(port))
        child('peer', other)
    tree(body); ready(2)


def lonely_sockets():
    # each by itself in one process: reset, bound only, with all sorts of options, rings, filters; unix ones without a
    # name, with one that is deleted or relative, with urgent data, and with a wish for handles
    def body():
        c, a = joined(); keep(c); a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); a.close()
        s = socket.socket(); s.bind(('127.0.0.1', 0)); keep(s)
        s = socket.socket(); keep(s); s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1); s.setsockopt(6, 4, 100)
        s.setsockopt(0, 15, 1); s.setsockopt(1, 25, b'lo\0'); s.setsockopt(6, 9, 5); s.setsockopt(6, 23, 5); s.bind(('127.0.0.1', 0)); s.listen()
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5)); keep(s)
        s.setsockopt(263, 5, struct.pack('IIII', 4096, 4, 2048, 8)); keep(mmap.mmap(s.fileno(), 16384))
        s = socket.socket(socket.AF_NETLINK, DGRAM, 15); s.bind((0, 2)); keep(s)
        code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0xffff)); s = socket.socket(INET, DGRAM); keep(s)
        s.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HxxxxxxQ', 1, ctypes.addressof(code)))
        keep([socket.socket(UNIX, kind) for kind in (STREAM, DGRAM, PACKETS)])
        s = socket.socket(UNIX); s.bind(path('gone')); s.listen(); keep(s); os.unlink(path('gone'))
        os.chdir(FOLDER); s = socket.socket(UNIX); s.bind('relative'); s.listen(); keep(s); os.chdir('/')
        a, b = socket.socketpair(); keep((a, b)); a.send(b'abc'); a.send(b'!', socket.MSG_OOB)
        a, b = socket.socketpair(UNIX, DGRAM); keep((a, b)); b.setsockopt(socket.SOL_SOCKET, 76, 1)
    tree(body); ready(1)


def multicast():
    def body():
        s = datagrams('224.0.0.251'); keep(s)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('224.0.0.251') + socket.inet_aton('127.0.0.1'))
    tree(body); ready(1)


def netlink_high_group():
    # what does not fit the old 32-bit mask
    def body():
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0)); keep(s); s.setsockopt(270, 1, 33)
    tree(body); ready(1)


def unix_strange_names():
    # spaces, tabs, numbers that look like columns, bytes of 0 and newlines
    names = [path('a name * 0 12 with\ttabs'), b'\0zoo ' + FOLDER.encode() + b' 77 * 88\0two\nthree']
    servers = []
    for name in names:
        s = socket.socket(UNIX); s.bind(name); s.listen(); servers.append(s)
    def body():
        for s, name in zip(servers, names):
            s.close(); c = socket.socket(UNIX); c.connect(name); keep(c)
    tree(body); keep([s.accept() for s in servers]); ready(1)


def unix_packets_outside():
    a, b = socket.socketpair(UNIX, PACKETS); keep(a)
    tree(lambda: a.close()); b.close(); ready(1)


def unix_siblings():
    # a log with two writers and a server with a client, all below the root, which has nothing to do with either
    def server():
        log = socket.socket(UNIX, DGRAM); log.bind(path('log')); s = socket.socket(UNIX); s.bind(path('s')); s.listen()
        keep(log); note('listening', 0); keep(s.accept()); s.close()
    def writer():
        c = socket.socket(UNIX, DGRAM); c.connect(path('log')); c.send(b'hello'); keep(c)
    def client():
        writer(); c = socket.socket(UNIX); c.connect(path('s')); keep(c)
    def body():
        child('server', server); wait_for(1); child('writer', writer); child('client', client)
    tree(body); ready(5)


def unread_credentials():
    def body():
        a, b = socket.socketpair(UNIX, DGRAM); keep((a, b)); b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1); a.send(b'who?')
    tree(body); ready(1)


def unread_handles():
    # SO_PASSPIDFD, which dbus-broker and systemd ask for
    def body():
        a, b = socket.socketpair(UNIX, DGRAM); keep((a, b)); b.setsockopt(socket.SOL_SOCKET, 76, 1); a.send(b'who?')
    tree(body); ready(1)


def pipe_in_flight():
    # the only reader of a pipe from outside is under way between two sockets of the tree
    r, w = os.pipe(); keep(w)
    def body():
        os.close(w); a, b = socket.socketpair(); keep((a, b)); socket.send_fds(a, [b'x'], [r]); os.close(r)
    tree(body); os.close(r); ready(1)


def unread_at_the_door():
    # the client has sent something and is not accepted yet
    def body():
        s = socket.socket(UNIX); s.bind(path('s')); s.listen(); keep(s)
        def client(): s.close(); c = socket.socket(UNIX); c.connect(path('s')); c.send(b'early'); keep(c)
        child('peer', client)
    tree(body); ready(2)
