"""Counts up every 20 ms; each count goes through a pipe to a child and back, and then into a file.

counter.py FILE [JOURNAL] [MEBIBYTES]: FILE always holds the last count, at one size; JOURNAL gets a line for each,
so that a count lost or made twice shows; MEBIBYTES of random memory are held beside it.
"""
import os
import sys
import time

there_r, there_w = os.pipe()
back_r, back_w = os.pipe()
if os.fork() == 0:
    while True:
        os.write(back_w, os.read(there_r, 8))
ballast = os.urandom(int(sys.argv[3]) * 2**20) if len(sys.argv) > 3 else b""
now = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o600)
journal = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if len(sys.argv) > 2 else -1
count = 0
while True:
    count += 1
    os.write(there_w, count.to_bytes(8, "little"))
    if int.from_bytes(os.read(back_r, 8), "little") != count:
        sys.exit("the child gave another count back")
    if journal >= 0:
        os.write(journal, b"%d\n" % count)
    os.pwrite(now, b"%020d" % count, 0)
    time.sleep(0.02)
