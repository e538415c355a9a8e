"""Pseudo-terminals."""
import fcntl
import os
import struct
import termios

from registry import Helper, program, read_exactly, same


@program
def pty(work):
    """A pair with a window size and modes; and a session whose terminal one is."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 5, 6))
    modes = termios.tcgetattr(slave)
    modes[3] &= ~(termios.ECHO | termios.ICANON)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    name = os.ttyname(slave)
    known = termios.tcgetattr(slave)
    session_master, session_slave = os.openpty()

    def lead():
        os.setsid()
        fcntl.ioctl(session_slave, termios.TIOCSCTTY, 0)

    def terminal(_):
        own = os.open("/dev/tty", os.O_RDWR)
        try:
            os.write(own, b"spoken")
            return "%s %d %d" % (os.ttyname(session_slave), os.tcgetpgrp(own), os.getpid())
        finally:
            os.close(own)

    helper = Helper(terminal, lead)
    said = helper.ask()
    read_exactly(session_master, 6)

    def check():
        same(fcntl.ioctl(slave, termios.TIOCGWINSZ, bytes(8)), struct.pack("HHHH", 33, 111, 5, 6), "the window")
        same(os.ttyname(slave), name, "the name")
        same(termios.tcgetattr(slave), known, "the modes")
        os.write(master, b"down")
        same(read_exactly(slave, 4), b"down", "what the slave reads")
        os.write(slave, b"up\n")
        same(read_exactly(master, 3), b"up\n", "what the master reads")
        same((helper.ask(), read_exactly(session_master, 6)), (said, b"spoken"), "the session's terminal")

    return check
