"""Unix sockets."""
from base import *


def unix_pair_inside():
    def body():
        a, b = socket.socketpair()
        globals()['ab'] = (a, b)
        def other(): a.close()
        child('peer', other); b.close()
    tree(body); ready(2)


def unix_client_inside():
    s = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    def body():
        s.close()
        c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s'))
    tree(body); globals()['a'] = s.accept(); ready(1)


def unix_server_inside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
        note('listening', 0)
        globals()['a'] = s.accept()
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s')); ready(2)


def unix_listening():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    tree(body); ready(1)


def unix_abstract_listening():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind('\0zoo' + FOLDER); s.listen()
    tree(body); ready(1)


def unix_pending_outside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s')); ready(1)


def unix_pending_inside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
        def client():
            s.close()
            c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s'))
        child('peer', client)
    tree(body); ready(2)


def unix_pending_on_outside():
    s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    def body():
        s.close()
        c = globals()['c'] = socket.socket(socket.AF_UNIX); c.connect(path('s'))
    tree(body); ready(1)


def datagram_to_outside():
    s = globals()['s'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(path('log'))
    def body():
        s.close()
        c = globals()['c'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(path('log'))
    tree(body); ready(1)


def datagram_from_outside():
    def body():
        s = globals()['s'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(path('log'))
    tree(body); wait_for(1)
    c = globals()['c'] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(path('log')); ready(1)


def inherited_listener():
    s = globals()['s'] = socket.socket(socket.AF_UNIX); s.bind(path('s')); s.listen()
    tree(); ready(1)
