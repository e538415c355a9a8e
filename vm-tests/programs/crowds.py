"""Many of something."""
import os
import threading
import time

from processes import Answering
from registry import program, same, wait_until


@program
def thousand_threads(work):
    """A thousand threads: most sleep, some answer."""
    threading.stack_size(64 << 10)
    for _ in range(989):
        threading.Thread(target=time.sleep, args=(100_000,), daemon=True).start()
    answering = [Answering(number) for number in range(10)]
    known = [thread.ask()[0] for thread in answering]

    def check():
        same(len(os.listdir("/proc/self/task")), 1000, "the number of threads")
        same([thread.ask()[0] for thread in answering], known, "the threads' numbers")

    check()
    return check


@program
def many_processes(work):
    """With the two that start it, 500 processes: in six groups, each led by the parent of the others."""
    children, groups, members = [], 6, 82

    def lead():
        os.setpgid(0, 0)
        for _ in range(members):
            sleep_in_a_child()
        time.sleep(100_000)

    def sleep_in_a_child():
        if os.fork() == 0:
            os.execv("/bin/sleep", ["sleep", "100000"])  # a small program: 500 times Python is gigabytes of pages

    for _ in range(groups):
        pid = os.fork()
        if pid == 0:
            lead()
        children.append(pid)

    def family(pid):
        return len(open("/proc/%d/task/%d/children" % (pid, pid)).read().split())

    wait_until(lambda: all(family(pid) == members for pid in children), "all are there")

    def check():
        same([family(pid) for pid in children], [members] * groups, "the sizes of the families")
        same([os.getpgid(pid) for pid in children], children, "the process groups")

    return check
