"""The net."""
from base import *


def tcp_listening():
    def body():
        s = globals()['s'] = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
    tree(body); ready(1)


def tcp_inside():
    def body():
        s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
        c = globals()['c'] = socket.socket(); c.connect(s.getsockname())
        a = globals()['a'] = s.accept()[0]
        def other(): c.close()
        child('peer', lambda: (a.close(), s.close())); c.close(); s.close()
    tree(body); ready(2)


def tcp_to_outside():
    s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); at = s.getsockname()
    def body():
        s.close()
        c = globals()['c'] = socket.socket(); c.connect(at)
    tree(body); globals()['a'] = s.accept(); s.close(); ready(1)


def tcp_pending():
    def body():
        s = globals()['s'] = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
        open(path('port'), 'w').write(str(s.getsockname()[1]))
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(); c.connect(('127.0.0.1', int(open(path('port')).read()))); ready(1)


def tcp_left_to_kernel():
    # a client that has said nothing where TCP_DEFER_ACCEPT waits for it, and one that does not read what was said before the end
    def body():
        deferring = socket.create_server(('127.0.0.1', 0)); deferring.setsockopt(6, 9, 30)
        plain = socket.create_server(('127.0.0.1', 0)); globals()['s'] = (deferring, plain)
        open(path('ports'), 'w').write(' '.join(str(s.getsockname()[1]) for s in (deferring, plain))); note('listening', 0)
        a = plain.accept()[0]; a.setblocking(False)
        try:
            while True: a.send(b'x' * 65536)
        except BlockingIOError: a.close()
    tree(body); wait_for(1)
    globals()['c'] = [socket.create_connection(('127.0.0.1', int(port))) for port in open(path('ports')).read().split()]
    time.sleep(0.5); ready(2)


def udp_to_outside():
    s = globals()['s'] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))
    c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(('127.0.0.1', 0))
    c.connect(s.getsockname()); s.connect(c.getsockname())
    def body(): s.close()
    tree(body); c.close(); ready(1)


def mptcp():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262); s.bind(('127.0.0.1', 0)); s.listen()
    tree(body); ready(1)


def vsock():
    def body(): globals()['s'] = socket.socket(40, socket.SOCK_STREAM)
    tree(body); ready(1)


def netlink():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0))
    tree(body); ready(1)


def packet_socket():
    def body(): globals()['s'] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
    tree(body); ready(1)


def unbound_sockets():
    def body():
        globals()['s'] = [socket.socket(), socket.socket(socket.AF_INET6), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
    tree(body); ready(1)
