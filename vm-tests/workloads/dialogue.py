"""One of two services that send each other numbered messages over one TCP connection on loopback, some 400 a second each way.

Each takes what has come twenty times a second, so that nearly always something is on its way that nobody has read, and an
emulated processor has little to do.

`dialogue.py STATUS serve PORT` or `dialogue.py STATUS call PORT`. STATUS gets one JSON object, renewed all the time:
{"sent": N, "received": N, "problem": null}. The first message that is lost, doubled, out of order or torn, or the end of
the connection, is the problem, and stays it.
"""
import json, os, socket, struct, sys, threading, time

status, role, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
MESSAGE = struct.Struct('>Q56s')
PAD = b'.' * 56
PAUSE = 0.05  # seconds
BURST = 20
TORN = 7 * MESSAGE.size + 11
state = {'sent': 0, 'received': 0, 'problem': None}


def report():
    with open(status + '.new', 'w') as f:
        json.dump(state, f)
    os.rename(status + '.new', status)


def fail(problem):
    state['problem'] = state['problem'] or problem
    report()


def connect():
    if role == 'serve':
        listener = socket.create_server(('127.0.0.1', port))
        report()
        return listener.accept()[0]
    while True:
        try:
            return socket.create_connection(('127.0.0.1', port))
        except ConnectionRefusedError:
            time.sleep(0.05)


def send(connection):
    number = 0
    try:
        while True:
            burst = b''.join(MESSAGE.pack(number + one, PAD) for one in range(1, BURST + 1))
            # In two pieces, the first of which ends within a message.
            connection.sendall(burst[:TORN])
            connection.sendall(burst[TORN:])
            number += BURST
            state['sent'] = number
            time.sleep(PAUSE)
    except OSError as error:
        fail('sending %d: %s' % (number, error))


def receive(connection):
    expected = 0
    rest = b''
    try:
        while True:
            data = connection.recv(65536)
            if not data:
                return fail('the connection ended after %d' % expected)
            rest += data
            whole = len(rest) - len(rest) % MESSAGE.size
            for at in range(0, whole, MESSAGE.size):
                expected += 1
                number, pad = MESSAGE.unpack_from(rest, at)
                if number != expected or pad != PAD:
                    return fail('message %d where %d was due' % (number, expected))
            rest = rest[whole:]
            state['received'] = expected
            time.sleep(PAUSE)
    except OSError as error:
        fail('receiving after %d: %s' % (expected, error))


connection = connect()
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for work in (send, receive):
    threading.Thread(target=work, args=(connection,), daemon=True).start()
while True:
    report()
    time.sleep(0.5)
