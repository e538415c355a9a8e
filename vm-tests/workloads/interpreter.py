"""A telnet-style Python interpreter: each connection has a namespace of its own, one line in, one line out.

usage: interpreter.py PORT
An expression answers with its repr; a statement answers "ok"; an error answers with its name.
"""
import socket
import socketserver
import sys


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        namespace = {}
        for raw in self.rfile:
            line = raw.decode().strip()
            try:
                try:
                    answer = repr(eval(line, namespace))
                except SyntaxError:
                    exec(line, namespace)
                    answer = "ok"
            except Exception as error:
                answer = type(error).__name__
            self.wfile.write((answer + "\n").encode())


class Server(socketserver.ThreadingTCPServer):
    # As many servers do it: an IPv6 socket that takes IPv4 clients as well.
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True


Server(("::", int(sys.argv[1])), Session).serve_forever()
