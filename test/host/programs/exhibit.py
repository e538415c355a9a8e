"""Holds one of each thing that `ckpt show` names. exhibit.py FOLDER SECRET: says when it is ready by FOLDER/ready."""
import ctypes
import mmap
import os
import socket
import sys
import threading
import time

folder, secret = sys.argv[1], sys.argv[2]
r, w = os.pipe()
os.write(w, b"unread")
unlinked = open(f"{folder}/unlinked", "w+")
unlinked.write("carried")
unlinked.flush()
os.unlink(f"{folder}/unlinked")
listener = socket.create_server(("127.0.0.1", 0))
pair = socket.socketpair()
event = os.eventfd(7) if hasattr(os, "eventfd") else None
named = open(f"{folder}/named", "w")
# Split, so that the whole stands only where it was put together.
buffer = ctypes.create_string_buffer(4 * 4096)
ctypes.memmove(ctypes.addressof(buffer) + 4096 * 2 - 6, (secret + "-in-memory").encode(), len(secret) + 10)
shared = mmap.mmap(-1, 8192)
shared[100 : 100 + len(secret) + 10] = (secret + "-in-shared").encode()
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
if os.fork() == 0:
    time.sleep(1000)
# Whole or not at all: somebody waits for it.
with open(f"{folder}/ready.new", "w") as ready:
    ready.write(str(listener.getsockname()[1]))
os.rename(f"{folder}/ready.new", f"{folder}/ready")
time.sleep(1000)
