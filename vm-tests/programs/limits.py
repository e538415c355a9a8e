"""What a process may do and use."""
import ctypes
import os
import resource
import struct

from registry import call, end_with_parent, libc, program, same

PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_CAPBSET_READ, PR_CAPBSET_DROP = 22, 2, 23, 24
PR_SET_KEEPCAPS = 8
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37
CAP_NET_RAW, CAP_CHOWN, CAP_NET_BIND = 13, 0, 10


@program
def rlimits(work):
    wanted = {
        resource.RLIMIT_NOFILE: (500, 900),
        resource.RLIMIT_CORE: (0, 4096),
        resource.RLIMIT_STACK: (4 << 20, resource.RLIM_INFINITY),
        resource.RLIMIT_AS: (40 << 30, 50 << 30),
    }
    for limit, values in wanted.items():
        resource.setrlimit(limit, values)

    def check():
        for limit, values in wanted.items():
            same(resource.getrlimit(limit), values, "limit %d" % limit)

    check()
    return check


@program
def seccomp(work):
    """Two filters: acct(2) fails with one error number, quotactl(2) with another."""
    for number, error in ((163, 99), (179, 71)):
        code = [
            (0x20, 0, 0, 0),  # load the number of the call
            (0x15, 0, 1, number),
            (0x06, 0, 0, 0x50000 | error),
            (0x06, 0, 0, 0x7FFF0000),
        ]
        data = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
        filter_ = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(data))
        call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0)

    def error_of(number):
        libc.syscall(number, None)
        return ctypes.get_errno()

    def check():
        same((error_of(163), error_of(179)), (99, 71), "the errors")
        same("Seccomp:\t2\n" in open("/proc/self/status").read(), True, "the mode")

    check()
    return check


def status(*names):
    found = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
    return {name: found.get(name) for name in names}


@program
def capabilities(work):
    """Another user with a few capabilities, less in the bounding set and groups."""
    call("prctl", PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0)
    call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([4, 20, 33])
    os.setresgid(33, 33, 33)
    os.setresuid(33, 33, 33)
    header = struct.pack("Ii", 0x20080522, 0)
    few = (1 << CAP_CHOWN) | (1 << CAP_NET_BIND)
    call("capset", header, struct.pack("IIIIII", 1 << CAP_CHOWN, few, 1 << CAP_NET_BIND, 0, 0, 0))
    end_with_parent()
    names = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd")
    known = status(*names)

    def check():
        same(status(*names), known, "what it may")

    return check


@program
def scheduling(work):
    """Niceness, policy, processors, the OOM killer's opinion, subreaper."""
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, 0, 7)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("123")
    call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def seen():
        reaper = ctypes.c_int()
        call("prctl", PR_GET_CHILD_SUBREAPER, ctypes.byref(reaper), 0, 0, 0)
        adjustment = open("/proc/self/oom_score_adj").read().strip()
        return os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0), adjustment, reaper.value

    known = seen()

    def check():
        same(seen(), known, "policy, niceness, OOM adjustment and subreaper")

    return check
