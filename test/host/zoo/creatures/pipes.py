"""Pipes and fifos."""
from base import *


def pipe_to_outside():
    r, w = os.pipe()
    tree(lambda: os.close(r)); os.close(w); ready(1)


def fifo_inside():
    os.mkfifo(path('fifo'))
    def body():
        def one(): keep(os.open(path('fifo'), os.O_RDWR))
        child('peer', one); one()
    tree(body); ready(2)


def fifo_to_outside():
    os.mkfifo(path('fifo'))
    keep = os.open(path('fifo'), os.O_RDWR)
    def body():
        os.close(keep)
        globals()['mine'] = os.open(path('fifo'), os.O_RDWR)
    tree(body); ready(1)


def packet_pipe():
    def body(): globals()['p'] = os.pipe2(os.O_DIRECT)
    tree(body); ready(1)
