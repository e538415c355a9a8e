"""Sockets with data on the way."""
import array
import os
import socket
import struct

from registry import LIMIT, program, read_exactly, same

ABOVE, BELOW = b"above" * 700, b"below" * 300


def refill(a, b):
    a.sendall(ABOVE)
    b.sendall(BELOW)


def drained(a, b):
    return read_exactly(b.fileno(), len(ABOVE)), read_exactly(a.fileno(), len(BELOW))


def listener(family, address):
    server = socket.socket(family)
    server.bind(address)
    server.listen(9)
    client = socket.socket(family)
    client.connect(server.getsockname())
    return server, client, server.accept()[0]


def meets(server, family):
    """Whether the server still takes connections."""
    client = socket.socket(family)
    client.settimeout(LIMIT)
    client.connect(server.getsockname())
    accepted = server.accept()[0]
    client.send(b"new")
    found = accepted.recv(10)
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    accepted.close()
    client.close()
    return found


def connected(server, client, accepted, family):
    refill(client, accepted)

    def check():
        same(drained(client, accepted), (ABOVE, BELOW), "the queued data")
        same(meets(server, family), b"new", "what a new connection brings")
        refill(client, accepted)

    return check


@program
def unix_stream(work):
    """A listening socket with a name, a connection with data both ways."""
    return connected(*listener(socket.AF_UNIX, os.path.join(work, "socket")), socket.AF_UNIX)


@program
def unix_dgram(work):
    path = os.path.join(work, "socket")
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(path)
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.connect(path)
    messages = [b"one", b"two" * 500, b"three"]

    def fill():
        for message in messages:
            sender.send(message)

    def check():
        same([receiver.recv(4096) for _ in messages], messages, "the queued messages")
        fill()

    fill()
    return check


@program
def unix_seqpacket(work):
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    messages = [b"a" * 10, b"b" * 3000, b"c"]

    def fill():
        for message in messages:
            one.send(message)

    def check():
        same([two.recv(4096) for _ in messages], messages, "the queued messages")
        two.send(b"back")
        same(one.recv(10), b"back", "the way back")
        fill()

    fill()
    return check


@program
def in_flight(work):
    """A descriptor on its way from one socket to another."""
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    path = os.path.join(work, "sent")
    with open(path, "w") as file:
        file.write("sent along")

    def fill():
        descriptor = os.open(path, os.O_RDONLY)
        one.sendmsg([b"fd"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))])
        os.close(descriptor)

    def check():
        data, ancillary, _, _ = two.recvmsg(10, socket.CMSG_SPACE(4))
        same(data, b"fd", "the message")
        (descriptor,) = struct.unpack("i", ancillary[0][2])
        same(os.pread(descriptor, 20, 0), b"sent along", "what the descriptor reads")
        os.close(descriptor)
        fill()

    fill()
    return check


@program
def tcp(work):
    """A listening socket and a connection over loopback with data both ways and options of its own."""
    server, client, accepted = listener(socket.AF_INET, ("127.0.0.1", 0))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1234)
    names = client.getsockname(), client.getpeername()
    check_data = connected(server, client, accepted, socket.AF_INET)

    def check():
        same((client.getsockname(), client.getpeername()), names, "the addresses")
        same(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0, True, "TCP_NODELAY")
        same(client.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0, True, "SO_KEEPALIVE")
        same(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE), 1234, "TCP_KEEPIDLE")
        check_data()

    return check


@program
def udp(work):
    one, two = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    one.bind(("127.0.0.1", 0))
    two.bind(("127.0.0.1", 0))
    one.connect(two.getsockname())
    one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    names = one.getsockname(), one.getpeername(), two.getsockname()

    def check():
        same((one.getsockname(), one.getpeername(), two.getsockname()), names, "the addresses")
        same(one.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST), 1, "SO_BROADCAST")
        two.settimeout(LIMIT)
        one.send(b"datagram")
        same(two.recvfrom(100), (b"datagram", names[0]), "what arrives")
        two.settimeout(None)

    return check


@program
def udp_lite(work):
    """What kernels from 7.1 on have no more."""
    protocol = 136  # IPPROTO_UDPLITE
    one, two = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM, protocol) for _ in range(2))
    two.bind(("127.0.0.1", 0))
    one.connect(two.getsockname())

    def check():
        one.send(b"datagram")
        same(two.recv(100), b"datagram", "what arrives")

    return check


@program
def netlink(work):
    """A routing socket that still answers."""
    end = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    end.bind((0, 0))
    name = end.getsockname()

    def check():
        same(end.getsockname(), name, "the port")
        RTM_GETLINK, REQUEST, DUMP = 18, 1, 0x300
        end.settimeout(LIMIT)
        end.send(struct.pack("IHHIIBxHiII", 32, RTM_GETLINK, REQUEST | DUMP, 1, 0, 0, 0, 0, 0, 0))
        last = 0
        while last != 3:
            data = end.recv(65536)
            while data:
                length, last = struct.unpack_from("IH", data)
                data = data[(length + 3) & ~3 :]
        end.settimeout(None)

    return check
