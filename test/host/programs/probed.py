"""Sleeps, and has a tracer of its own put a probe (uprobe) into a function of the C library that it never calls.

probed.py FILE: holds the PIDs of the one that is probed and of the tracer, once the probe is there.
"""
import ctypes
import os
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
address = ctypes.cast(libc.getloadavg, ctypes.c_void_p).value
for line in open("/proc/self/maps"):
    fields = line.split()
    first, end = (int(part, 16) for part in fields[0].split("-"))
    if first <= address < end:
        path, offset = fields[5], address - first + int(fields[2], 16)
target = os.getpid()
if os.fork() == 0:
    os.setsid()
    name = ctypes.create_string_buffer(path.encode())
    kind = int(open("/sys/bus/event_source/devices/uprobe/type").read())
    # struct perf_event_attr (perf_event_open(2)): type, size; config1 and config2 say where.
    attributes = bytearray(120)
    struct.pack_into("II", attributes, 0, kind, 120)
    struct.pack_into("QQ", attributes, 56, ctypes.addressof(name), offset)
    buffer = (ctypes.c_char * 120).from_buffer(attributes)
    counter = libc.syscall(298, buffer, target, -1, -1, 0)
    if counter < 0:
        raise OSError(ctypes.get_errno(), "perf_event_open")
    with open(sys.argv[1] + ".part", "w") as file:
        file.write(f"{target} {os.getpid()}")
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    time.sleep(1000)
while True:
    time.sleep(0.2)
