"""Who traces whom."""
from base import *


def traced_from_outside():
    pid = tree(); wait_for(1); raw(101, 0x4206, pid, 0, 0); time.sleep(0.1); ready(1)


def tracing_inside():
    def body():
        pid = child('peer'); time.sleep(0.2); raw(101, 0x4206, pid, 0, 0)
    tree(body); ready(2)
