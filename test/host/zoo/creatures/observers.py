"""Who traces whom."""
from base import *


def traced_from_outside():
    pid = tree(); wait_for(1); raw(101, 0x4206, pid, 0, 0); time.sleep(0.1); ready(1)


def stopped_over_and_over():
    pid = tree(); wait_for(1)
    def storm():
        while True:
            for number in signal.SIGSTOP, signal.SIGCONT:
                try: os.kill(pid, number)
                except ProcessLookupError: return
                time.sleep(0.001)
    threading.Thread(target=storm, daemon=True).start(); ready(1)


def tracing_inside():
    def body():
        pid = child('peer'); time.sleep(0.2); raw(101, 0x4206, pid, 0, 0)
    tree(body); ready(2)
