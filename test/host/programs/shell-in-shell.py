"""Holds a terminal in which a shell has started a shell, and says in a file which processes they are.

shell-in-shell.py FILE
"""
import os
import pty
import sys
import time

pid, terminal = pty.fork()
if pid == 0:
    # Job control on in both, without a prompt; the inner one waits for a program.
    inner = f"set -m; echo $$ > {sys.argv[1]}.part; mv {sys.argv[1]}.part {sys.argv[1]}; sleep 1000; true"
    os.execvp("/bin/bash", ["bash", "--norc", "-ic", f"bash --norc -ic '{inner}'; true"])
while True:
    time.sleep(1)
