"""Processes and threads."""
import os
import queue
import signal
import threading
import time
import zlib

from registry import Helper, call, program, same

PR_SET_NAME = 15


@program
def single(work):
    """A process alone: memory, name, working directory, umask, environment."""
    data = bytearray(os.urandom(200_000))
    digest = str(zlib.crc32(data))
    os.mkdir(os.path.join(work, "here"))
    os.chdir(os.path.join(work, "here"))
    os.umask(0o027)
    os.environ["ZOO"] = digest
    call("prctl", PR_SET_NAME, b"zoo single", 0, 0, 0)
    pid, parent = os.getpid(), os.getppid()

    def check():
        same(str(zlib.crc32(data)), digest, "the memory")
        same(os.environ["ZOO"], digest, "the environment")
        same(os.getcwd(), os.path.join(work, "here"), "the working directory")
        same(open("/proc/self/comm").read().strip(), "zoo single", "the name")
        same((os.getpid(), os.getppid()), (pid, parent), "the PIDs")
        same(os.umask(0o027), 0o027, "the umask")

    return check


class Answering:
    """A thread that says its numbers when it is asked."""

    def __init__(self, number):
        self.questions, self.answers = queue.Queue(), queue.Queue()
        self.blocked = signal.SIGRTMIN + 2 + number % 20
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, {self.blocked})
        count = 0
        while True:
            self.questions.get()
            count += 1
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
            self.answers.put((threading.get_native_id(), count, self.blocked in mask))

    def ask(self):
        self.questions.put(None)
        return self.answers.get(timeout=60)


def answering_threads(count):
    threads = [Answering(number) for number in range(count)]
    known = [thread.ask() for thread in threads]

    def check():
        for number, thread in enumerate(threads):
            tid, asked, _ = known[number]
            known[number] = (tid, asked + 1, True)
            same(thread.ask(), known[number], "thread %d" % number)

    return check


@program
def threads(work):
    """Four threads with signal masks and numbers of their own."""
    return answering_threads(4)


@program
def fifty_threads(work):
    return answering_threads(50)


@program
def new_threads(work):
    """Starts threads all the time, which register restartable sequences (rseq) as the C library says."""
    started, errors = [0], []

    def one():
        started[0] += 1

    def starter():
        while True:
            try:
                thread = threading.Thread(target=one)
                thread.start()
                thread.join()
            except BaseException as error:
                errors.append(repr(error))
            time.sleep(0.05)

    threading.Thread(target=starter, daemon=True).start()

    def check():
        before, end = started[0], time.time() + 60
        while started[0] < before + 5 and time.time() < end:
            time.sleep(0.05)
        same(started[0] >= before + 5, True, "more threads")
        same(errors, [], "the errors")

    return check


@program
def fork_tree(work):
    """Three generations and a zombie, whose exit status can still be read."""

    def family():
        return "%d %d" % (os.getpid(), os.getppid())

    grandchild = []

    def child_first():
        grandchild.append(Helper(lambda _: family()))

    def child_answer(question):
        return grandchild[0].ask() if question == "below" else family()

    child = Helper(child_answer, child_first)
    known = (child.ask(), child.ask("below"))
    zombie = os.fork()
    if zombie == 0:
        os._exit(7)
    os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)

    def check():
        same((child.ask(), child.ask("below")), known, "the family")
        same(child.ask().split()[1], str(os.getpid()), "the parent")
        ended = os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        same(ended and (ended.si_pid, ended.si_status), (zombie, 7), "the zombie")

    return check


@program
def sessions(work):
    """A child with a session of its own, and in it a process group of another."""
    inner = []

    def numbers():
        return "%d %d %d" % (os.getpid(), os.getpgid(0), os.getsid(0))

    def lead():
        os.setsid()
        inner.append(Helper(lambda _: numbers(), lambda: os.setpgid(0, 0)))

    leader = Helper(lambda question: inner[0].ask() if question == "inner" else numbers(), lead)
    known = (numbers(), leader.ask(), leader.ask("inner"))

    def check():
        same((numbers(), leader.ask(), leader.ask("inner")), known, "the sessions and groups")

    return check


@program
def stopped(work):
    """A stopped child goes on when it is told to."""
    child = Helper(lambda _: "on")
    os.kill(child.pid, signal.SIGSTOP)
    os.waitpid(child.pid, os.WUNTRACED)

    def state():
        return open("/proc/%d/stat" % child.pid).read().rsplit(")", 1)[1].split()[0]

    def check():
        same(state(), "T", "the state")
        os.kill(child.pid, signal.SIGCONT)
        same(child.ask(), "on", "the answer")
        os.kill(child.pid, signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)

    return check
