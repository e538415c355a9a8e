"""Answers each byte of one TCP client with the number of bytes so far; ends when the connection fails.

answering.py PORTFILE: where it says on which port of 127.0.0.1 it listens.
"""
import os
import select
import socket
import sys

listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
client, _ = listener.accept()
count = 0
while select.select([client], [], []) and client.recv(1):
    count += 1
    client.sendall(b"%d\n" % count)
