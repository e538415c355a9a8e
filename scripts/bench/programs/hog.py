"""Holds SIZE MiB of memory that does not compress to nothing, then writes a ready file and sleeps."""
import os
import sys
import time

mebibytes = int(sys.argv[2])
block = os.urandom(1 << 20)
memory = bytearray(mebibytes << 20)
for index in range(mebibytes):
    memory[index << 20 : (index + 1) << 20] = block
with open(sys.argv[1], "w") as ready:
    ready.write("ready")
while True:
    time.sleep(1)
