"""Pipes and fifos with data in them."""
import fcntl
import os

from registry import Helper, program, read_exactly, same

F_SETPIPE_SZ, F_GETPIPE_SZ = 1031, 1032
DATA = bytes(range(256)) * 30


@program
def pipe(work):
    """A pipe of unusual size with unread data, one end of which another process has too."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 1 << 17)
    os.set_blocking(writer, False)
    os.write(writer, DATA)
    helper = Helper(lambda text: os.write(writer, text.encode()))

    def check():
        same(fcntl.fcntl(reader, F_GETPIPE_SZ), 1 << 17, "the size")
        same((os.get_blocking(reader), os.get_blocking(writer)), (True, False), "the modes")
        same(read_exactly(reader, len(DATA)), DATA, "the unread data")
        same((helper.ask("more"), read_exactly(reader, 4)), ("4", b"more"), "what the other process writes")
        os.write(writer, DATA)

    return check


@program
def half_pipe(work):
    """A pipe whose writer has gone: its data, then its end."""
    reader, writer = os.pipe()
    os.write(writer, b"last words")
    os.close(writer)
    known = []

    def check():
        if not known:
            known.append(read_exactly(reader, 10))
        same(known, [b"last words"], "the data")
        same(os.read(reader, 1), b"", "the end")

    return check


@program
def fifo(work):
    path = os.path.join(work, "fifo")
    os.mkfifo(path)
    both = os.open(path, os.O_RDWR)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.write(both, DATA)

    def check():
        same(read_exactly(reader, len(DATA)), DATA, "the unread data")
        os.write(both, DATA)

    return check
