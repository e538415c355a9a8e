"""Counts up in a file every 20 ms; each count goes through a pipe to a child and back."""
import os
import sys
import time

there_r, there_w = os.pipe()
back_r, back_w = os.pipe()
if os.fork() == 0:
    while True:
        os.write(back_w, os.read(there_r, 8))
count = 0
while True:
    count += 1
    os.write(there_w, count.to_bytes(8, "little"))
    if int.from_bytes(os.read(back_r, 8), "little") != count:
        sys.exit("the child gave another count back")
    with open(sys.argv[1] + ".new", "w") as out:
        out.write(str(count))
    os.replace(sys.argv[1] + ".new", sys.argv[1])
    time.sleep(0.02)
