"""Two processes that share memory, a pipe and an unlinked file, and notice when any of it breaks.

usage: clump.py STATUS_FILE
Every 50 ms the parent counts up in shared memory; the child sends each count it sees back through the pipe; both look
at the unlinked file. What they find is in STATUS_FILE as JSON, replaced whole every ten counts: an emulated processor
has better to do.
"""
import json
import mmap
import os
import struct
import sys
import tempfile
import time

status_file = sys.argv[1]
shared = mmap.mmap(-1, 4096)
reader, writer = os.pipe()
content = os.urandom(70000)
hidden = tempfile.TemporaryFile(dir="/var/tmp")
hidden.write(content)
hidden.flush()
problems = []


def check_hidden():
    if os.pread(hidden.fileno(), len(content) + 1, 0) != content:
        problems.append("unlinked file changed")


child = os.fork()
if child == 0:
    os.close(reader)
    seen = 0
    while True:
        count = struct.unpack("Q", shared[:8])[0]
        if count != seen:
            if count % 10 == 0:
                check_hidden()
            if count < seen or problems:
                os.write(writer, struct.pack("q", -1))
            os.write(writer, struct.pack("q", count))
            seen = count
        time.sleep(0.02)

os.close(writer)
count = 0
echoed = 0
while True:
    count += 1
    shared[:8] = struct.pack("Q", count)
    back = struct.unpack("q", os.read(reader, 8))[0]
    if back < echoed or back > count:
        problems.append("pipe gave %d after %d at count %d" % (back, echoed, count))
    echoed = back
    if count % 10 == 0:
        check_hidden()
        report = {"count": count, "echoed": echoed, "pid": os.getpid(), "child": child, "problems": problems}
        with open(status_file + ".new", "w") as out:
            json.dump(report, out)
        os.replace(status_file + ".new", status_file)
    time.sleep(0.05)
