"""Asks a server of lines over several connections, each of which is kept for good.

usage: asker.py PORT QUESTIONS ANSWERS ADDRESS...
Each line that is appended to QUESTIONS goes to all; what comes back, or the end of a connection, is a line of ANSWERS.
"""
import os, socket, sys, threading, time

port, questions, answers, addresses = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
out = os.open(answers, os.O_CREAT | os.O_WRONLY | os.O_APPEND)


def listen(connection, address):
    try:
        for line in connection.makefile():
            os.write(out, f'{address} {line}'.encode())
        os.write(out, f'{address} ended\n'.encode())
    except OSError as error:
        os.write(out, f'{address} {error}\n'.encode())


connections = [socket.create_connection((address, port)) for address in addresses]
for connection, address in zip(connections, addresses):
    threading.Thread(target=listen, args=(connection, address), daemon=True).start()
with open(questions, 'a+b') as asked:
    asked.seek(0)
    while True:
        line = asked.readline()
        for connection in connections if line else []:
            try:
                connection.sendall(line)
            except OSError:
                pass  # Whoever listens says so.
        if not line: time.sleep(0.2)
