"""Control groups, version 2."""
import os

from registry import Helper, program, same

ROOT = "/sys/fs/cgroup"


@program
def cgroup(work):
    """A process in a cgroup of its own, and its child in one below."""
    upper = os.path.join(ROOT, "zoo")
    lower = os.path.join(upper, "below")
    os.makedirs(lower, exist_ok=True)

    def enter(folder):
        with open(os.path.join(folder, "cgroup.procs"), "w") as file:
            file.write("0")

    enter(upper)
    helper = Helper(lambda _: open("/proc/self/cgroup").read().strip(), lambda: enter(lower))

    def check():
        same(open("/proc/self/cgroup").read().strip(), "0::/zoo", "the cgroup")
        same(helper.ask(), "0::/zoo/below", "the child's cgroup")

    check()
    return check
