"""socket-options.py TABLE OUT: sockets of each kind, one for each option that it takes. What they say of it then, and at each
SIGUSR1, is written to OUT.0, OUT.1 …; TABLE is JSON: rows of name, level, option, size."""
import ctypes, json, os, signal, socket, struct, sys

table, out = json.load(open(sys.argv[1])), sys.argv[2]
libc = ctypes.CDLL(None, use_errno=True)
LO = socket.if_nametoindex('lo')
kept = []


def bound(family, kind, protocol=0):
    end = socket.socket(family, kind, protocol)
    end.bind(('127.0.0.1' if family == socket.AF_INET else '::1', 0))
    return end


def listening(family):
    end = bound(family, socket.SOCK_STREAM)
    end.listen(1)
    return end


def connected(family):
    server, client = listening(family), socket.socket(family)
    client.connect(server.getsockname()[:2])
    kept.append((server, server.accept()))
    return client


def packets():
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    end.bind(('lo', 0))
    return end


def netlink():
    end = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    end.bind((0, 0))
    return end


KINDS = {
    'tcp': lambda: socket.socket(), 'tcp6': lambda: socket.socket(socket.AF_INET6),
    'listening': lambda: listening(socket.AF_INET), 'listening6': lambda: listening(socket.AF_INET6),
    'connected': lambda: connected(socket.AF_INET), 'connected6': lambda: connected(socket.AF_INET6),
    'udp': lambda: bound(socket.AF_INET, socket.SOCK_DGRAM), 'udp6': lambda: bound(socket.AF_INET6, socket.SOCK_DGRAM),
    'raw': lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 89),
    'raw6': lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 89),
    'unix': lambda: kept.append(socket.socketpair()) or kept[-1][0], 'netlink': netlink, 'packet': packets,
}
#: Beside the usual ones, which are 1, or 0 where the socket has 1 already.
VALUES = {
    'TCP_CONGESTION': b'reno', 'TCP_MAXSEG': 1000, 'TCP_WINDOW_CLAMP': 20000, 'TCP_RTO_MIN_US': 50000, 'TCP_RTO_MAX_MS': 5000,
    'TCP_DELACK_MAX_US': 20000, 'TCP_LINGER2': 20, 'TCP_SYNCNT': 3, 'SO_MAX_PACING_RATE': struct.pack('Q', 10 ** 6),
    'SO_TXTIME': struct.pack('iI', 1, 0), 'SO_TIMESTAMPING': 0x18, 'IP_TTL': 33, 'IP_TOS': 16, 'IP_MINTTL': 250, 'IP_MTU_DISCOVER': 3,
    'IP_MULTICAST_TTL': 9, 'IP_LOCAL_PORT_RANGE': struct.pack('I', 50000 << 16 | 40000), 'IP_UNICAST_IF': struct.pack('!I', LO),
    'IP_MULTICAST_IF': struct.pack('4s4si', bytes(4), socket.inet_aton('127.0.0.1'), LO), 'IPV6_UNICAST_IF': struct.pack('!I', LO),
    'IPV6_MULTICAST_IF': LO, 'IPV6_UNICAST_HOPS': 33, 'IPV6_MULTICAST_HOPS': 9, 'IPV6_MTU_DISCOVER': 3, 'IPV6_CHECKSUM': 12,
    'IPV6_TCLASS': 16, 'IPV6_MINHOPCOUNT': 250, 'IPV6_ADDR_PREFERENCES': 2, 'UDP_ENCAP': 2, 'UDP_SEGMENT': 1200, 'SO_PEEK_OFF': 0,
}
#: Of TCP they mean nothing.
NOT_TCP = {'IP_MULTICAST_IF', 'IP_MULTICAST_TTL', 'IP_MULTICAST_LOOP', 'IP_MULTICAST_ALL', 'IPV6_MULTICAST_IF', 'IPV6_MULTICAST_HOPS',
           'IPV6_MULTICAST_LOOP', 'IPV6_MULTICAST_ALL'}
#: A connection has a value of its own, or none.
NOT_CONNECTED = {'TCP_MAXSEG', 'TCP_DEFER_ACCEPT', 'TCP_WINDOW_CLAMP', 'TCP_SAVE_SYN', 'TCP_FASTOPEN', 'TCP_FASTOPEN_CONNECT',
                 'TCP_FASTOPEN_NO_COOKIE'}


def takes(end, level):
    family, protocol = end.family, end.proto
    if level in (6, 17):
        kind = end.getsockopt(socket.SOL_SOCKET, 38)
        return kind == level and family in (socket.AF_INET, socket.AF_INET6)
    return level in {socket.AF_UNIX: (1,), socket.AF_INET: (1, 0), socket.AF_INET6: (1, 0, 41), socket.AF_NETLINK: (1, 270),
                     socket.AF_PACKET: (1, 263)}[family]


def said(end, level, option, size):
    try:
        return end.getsockopt(level, option, size).hex()
    except OSError as error:
        return 'error %d' % error.errno


def filters(end, level, group):
    """Whether it is in a group (struct group_filter: 0 for any source but none)."""
    family = socket.AF_INET if len(group) == 4 else socket.AF_INET6
    address = struct.pack('HH4s120x' if family == socket.AF_INET else 'HH4x16s104x', family, 0, group)
    asked = ctypes.create_string_buffer(struct.pack('I4x', LO) + address + struct.pack('II', 0, 4) + bytes(512))
    length = ctypes.c_int(656)
    if libc.getsockopt(end.fileno(), level, 48, asked, ctypes.byref(length)) < 0: return 'error %d' % ctypes.get_errno()
    return asked.raw[136:length.value].hex()


def join(end, level, option, *addresses):
    end.setsockopt(level, option, struct.pack('I4x', LO) + b''.join(
        struct.pack('HH4s120x', socket.AF_INET, 0, a) if len(a) == 4 else struct.pack('HH4x16s104x', socket.AF_INET6, 0, a)
        for a in addresses))


questions = {}
for kind, make in KINDS.items():
    for name, level, option, size in table:
        end = make()
        tcp = kind.rstrip('6') in ('tcp', 'listening', 'connected')
        if not takes(end, level) or tcp and name in NOT_TCP or kind.startswith('connected') and name in NOT_CONNECTED:
            continue
        usual = said(end, level, option, size)
        value = VALUES.get(name, 0 if usual.startswith('01') else 1)
        try:
            end.setsockopt(level, option, value)
        except OSError:
            continue  # not of this kind, or this kernel
        if said(end, level, option, size) == usual:
            continue  # of no meaning here
        kept.append(end)
        questions['%s %s' % (kind, name)] = lambda end=end, what=(level, option, size): said(end, *what)

four, six = socket.inet_aton, lambda text: socket.inet_pton(socket.AF_INET6, text)
for kind, make in (('udp', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)), ('raw', KINDS['raw'])):
    end = make()
    join(end, 0, 42, four('239.1.2.3'))
    join(end, 0, 42, four('239.1.2.5')); join(end, 0, 43, four('239.1.2.5'), four('127.0.0.7'))
    join(end, 0, 46, four('232.1.2.4'), four('127.0.0.8')); join(end, 0, 46, four('232.1.2.4'), four('127.0.0.9'))
    kept.append(end)
    for group in ('239.1.2.3', '239.1.2.5', '232.1.2.4', '239.1.2.6'):
        questions['%s in %s' % (kind, group)] = lambda end=end, group=group: filters(end, 0, four(group))
end = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
join(end, 41, 42, six('ff15::77'))
kept.append(end)
for group in ('ff15::77', 'ff15::78'):
    questions['udp6 in %s' % group] = lambda end=end, group=group: filters(end, 41, six(group))

turn = [0]


def tell(*_):
    path = '%s.%d' % (out, turn[0])
    turn[0] += 1
    with open(path + '.new', 'w') as file: json.dump({name: ask() for name, ask in questions.items()}, file)
    os.rename(path + '.new', path)


signal.signal(signal.SIGUSR1, tell)
tell()
while True: signal.pause()
