"""Sockets of rarer kinds and in rarer states, with options of their own."""
import ctypes
import os
import socket
import struct

from registry import call, program, read_exactly, same
from sockets import connected, listener

SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_PRIORITY, SO_MARK, SO_BUF_LOCK = 32, 33, 12, 36, 72
SO_ATTACH_FILTER, SO_PASSSEC, SO_NO_CHECK = 26, 34, 11
IP_FREEBIND, IP_PKTINFO = 15, 8
ACCEPT_ALL = struct.pack("HBBI", 6, 0, 0, 0xFFFF)

# level, option, value to set; what getsockopt says then is what it must say afterwards
COMMON = [
    (socket.SOL_SOCKET, SO_SNDBUFFORCE, 150_000),
    (socket.SOL_SOCKET, SO_RCVBUFFORCE, 170_000),
    (socket.SOL_SOCKET, SO_PRIORITY, 5),
    (socket.SOL_SOCKET, SO_MARK, 77),
    (socket.SOL_SOCKET, socket.SO_RCVLOWAT, 3),
    (socket.SOL_SOCKET, socket.SO_DONTROUTE, 1),
]
TIMES = [(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (3, 250_000)), (socket.SOL_SOCKET, socket.SO_SNDTIMEO, (4, 500_000))]


def set_options(end, more=()):
    """Sets options, and gives a check of them."""
    for level, option, value in [*COMMON, *more]:
        end.setsockopt(level, option, value if isinstance(value, bytes) else struct.pack("i", value))
    for level, option, value in TIMES:
        end.setsockopt(level, option, struct.pack("qq", *value))
    readable = {SO_SNDBUFFORCE: socket.SO_SNDBUF, SO_RCVBUFFORCE: socket.SO_RCVBUF}
    asked = [(level, readable.get(option, option)) for level, option, _ in [*COMMON, *more, *TIMES]]

    def seen():
        return [(level, option, end.getsockopt(level, option, 16)) for level, option in asked]

    known = seen()
    return lambda: same(seen(), known, "the options")


@program
def inet_options(work):
    """Options of TCP and UDP sockets, over IPv4 and IPv6, that no connection is in the way of."""
    tcp = socket.socket(socket.AF_INET)
    checks = [
        set_options(
            tcp,
            [
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
                (socket.IPPROTO_TCP, socket.TCP_CORK, 1),
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
                (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 55),
                (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 66),
                (socket.SOL_SOCKET, socket.SO_OOBINLINE, 1),
                (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 9)),
                (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
                (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1),
                (socket.IPPROTO_IP, IP_FREEBIND, 1),
            ],
        )
    ]
    tcp.bind(("127.0.0.1", 0))
    tcp.listen(3)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    more = [
        (socket.SOL_SOCKET, socket.SO_BROADCAST, 1),
        (socket.SOL_SOCKET, SO_NO_CHECK, 1),
        (socket.IPPROTO_IP, socket.IP_TOS, 0x10),
        (socket.IPPROTO_IP, socket.IP_TTL, 33),
        (socket.IPPROTO_IP, IP_PKTINFO, 1),
    ]
    checks.append(set_options(udp, more))
    udp.bind(("127.0.0.1", 0))
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    checks.append(set_options(six, [(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)]))
    six.bind(("::1", 0))

    def check():
        for one in checks:
            one()
        same(six.getsockname()[0], "::1", "the address")

    return check


@program
def tcp6(work):
    """A connection over IPv6 with data both ways, and one whose one half is shut."""
    check_data = connected(*listener(socket.AF_INET6, ("::1", 0)), socket.AF_INET6)
    _, client, accepted = listener(socket.AF_INET6, ("::1", 0))
    accepted.sendall(b"last words")
    client.shutdown(socket.SHUT_WR)
    heard = []

    def check():
        check_data()
        if not heard:
            heard.append(read_exactly(client.fileno(), 10))
        same(heard, [b"last words"], "what was sent before")
        same(accepted.recv(5), b"", "the end")

    return check


@program
def raw_sockets(work):
    """A raw socket for ICMP with a filter of types, one that brings its own headers."""
    icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    icmp.setsockopt(255, 1, struct.pack("I", 0xFFFFFFFE))  # SOL_RAW, ICMP_FILTER: echo replies only
    own = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def check():
        same(icmp.getsockopt(255, 1, 4), struct.pack("I", 0xFFFFFFFE), "the filter")
        same(own.getsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL), 1, "that headers are its own")

    return check


@program
def packet_socket(work):
    """A packet socket bound to an interface, with a membership, a filter and a fanout."""
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5))
    end.bind(("lo", 0x88B5))
    end.setsockopt(263, 1, struct.pack("iHH8x", socket.if_nametoindex("lo"), 1, 0))  # PACKET_ADD_MEMBERSHIP, promiscuous
    end.setsockopt(263, 8, 1)  # PACKET_AUXDATA
    code = ctypes.create_string_buffer(ACCEPT_ALL)
    end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))

    def check():
        same(end.getsockname()[:2], ("lo", 0x88B5), "the name")
        same(end.getsockopt(263, 8), 1, "the option")

    return check


@program
def unix_states(work):
    """Unix sockets: an abstract name, a name that is gone, a half that is shut, options, an unbound one."""
    named = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    named.bind(b"\0zoo %d" % os.getpid())
    path = os.path.join(work, "gone")
    gone = socket.socket(socket.AF_UNIX)
    gone.bind(path)
    gone.listen(1)
    os.unlink(path)
    one, two = socket.socketpair()
    one.shutdown(socket.SHUT_WR)
    check_options = set_options(two, [(socket.SOL_SOCKET, socket.SO_PASSCRED, 1), (socket.SOL_SOCKET, SO_PASSSEC, 1)])
    alone = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def check():
        same(named.getsockname()[:5], b"\0zoo ", "the abstract name")
        same(os.path.exists(path), False, "the name that is gone")
        same(two.recv(1), b"", "the end")
        check_options()
        same(alone.getsockname(), "", "no name")

    return check


@program
def netlink_groups(work):
    """A routing socket that listens to groups, and one for the kernel's events that listens to none. Such as nothing
    comes for: CRIU refuses a socket with messages waiting."""
    RULES, PREFIXES = 0x80, 0x20000
    routes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    routes.bind((0, RULES | PREFIXES))
    events = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 15)
    events.bind((0, 0))

    def check():
        same((routes.getsockname()[1], events.getsockname()[1]), (RULES | PREFIXES, 0), "the groups")

    return check


@program
def tun_device(work):
    """An interface of its own and the file behind it. For a tree with a network namespace of its own."""
    end = os.open("/dev/net/tun", os.O_RDWR)
    call("ioctl", end, ctypes.c_ulong(0x400454CA), struct.pack("16sH22x", b"zoo0", 0x0002 | 0x1000))  # a tap device

    def check():
        same("zoo0" in os.listdir("/sys/class/net") or "zoo0" in open("/proc/net/dev").read(), True, "the interface")

    return check
