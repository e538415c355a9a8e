"""Runs a command on a terminal of its own that somebody has stopped with Ctrl-S, and never lets it go on. Ends when it ends.

stopped-terminal.py COMMAND ARGUMENT...
"""
import os
import pty
import sys

pid, terminal = pty.fork()
if pid == 0:
    # Until the output is stopped.
    os.read(0, 2)
    os.execvp(sys.argv[1], sys.argv[1:])
os.write(terminal, b"\x13\n")
os.waitpid(pid, 0)
