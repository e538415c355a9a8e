"""A tree that knows how long it stood still: its root ticks every millisecond and notes each gap over 5 ms.

Arguments: the ready file (gaps go to the same name with `.gaps`: the start on CLOCK_MONOTONIC and the length, in
seconds, a line each), MiB of memory, number of children, mappings in each of them.
"""
import mmap
import os
import sys
import time

PAGE = mmap.PAGESIZE
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS

ready, mebibytes, children, mappings = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
block = os.urandom(1 << 20)
memory = [bytearray(block) for _ in range(mebibytes)]


def idle():
    """A child: its mappings do not merge, as neighbours differ in what they allow; every second one has a page."""
    held = []
    for index in range(mappings):
        if index % 2 == 0:
            one = mmap.mmap(-1, 2 * PAGE, PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
            one[0] = 1
        else:
            one = mmap.mmap(-1, 2 * PAGE, PRIVATE, mmap.PROT_READ)
        held.append(one)
    os.write(finished, b".")
    while True:
        time.sleep(1000)


done, finished = os.pipe()
for _ in range(children):
    if os.fork() == 0:
        os.close(done)
        idle()
os.close(finished)
for _ in range(children):
    if os.read(done, 1) == b"":
        sys.exit("a child ended")
os.close(done)
with open(ready, "w") as file:
    file.write("ready")
last = time.monotonic()
while True:
    time.sleep(0.001)
    now = time.monotonic()
    if now - last > 0.005:
        with open(ready + ".gaps", "a") as file:
            file.write(f"{last} {now - last}\n")
        now = time.monotonic()
    last = now
