"""One session leader with a set of small programs as its children. Each exercises one feature and judges itself.

usage: python3 -ISE zoo.py FOLDER [--own ipc,uts] PROGRAM[+PROGRAM]...        (zoo.py --list: the names)
Programs joined by + share a process: a process is what a freeze and a thaw take their time for.
--own: the leader, and so the whole tree, gets these namespaces of its own.
FOLDER/ready.json appears when all stand: {program: "ready" or what went wrong}.
SIGUSR1 makes every program check itself; FOLDER/verdicts.json then says {program: "right" or what is wrong}.
FOLDER/work/PROGRAM is a program's own; FOLDER/verdicts is written to during a check only.
"""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import attributes, cgroups, crowds, events, files, huge, limits, memory, pipes, processes, rare_files  # noqa: E401,F401
import socket_options, sockets, spaces, sysv, terminals, timers  # noqa: E401,F401
from registry import LIMIT, call, end_with_parent, programs

ASK = signal.SIGUSR1
NAMESPACES = {"ipc": 0x08000000, "uts": 0x04000000}  # CLONE_NEWIPC, CLONE_NEWUTS


def write_whole(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def write_json(path, value):
    import json  # here, not above: what every child has in its memory is frozen as often

    write_whole(path, json.dumps(value))


def describe(error):
    """An error and the lines that it came through."""
    lines, at = [], error.__traceback__
    while at:
        lines.append("%s:%d" % (os.path.basename(at.tb_frame.f_code.co_filename), at.tb_lineno))
        at = at.tb_next
    return "%s: %s (%s)" % (type(error).__name__, error, " ".join(lines))


def run(names, folder):
    """A process of the set: sets its programs up, then checks them as often as it is asked."""
    end_with_parent()
    checks = {}
    for name in names:
        work = os.path.join(folder, "work", name)
        os.mkdir(work)
        try:
            checks[name] = programs[name](work)
        except BaseException as error:
            write_whole(os.path.join(folder, "ready", name), describe(error))
            return
        write_whole(os.path.join(folder, "ready", name), "ready")
    while True:
        signal.sigwait({ASK})
        for name, check in checks.items():
            try:
                check()
                verdict = "right"
            except BaseException as error:
                verdict = describe(error)
            write_whole(os.path.join(folder, "verdicts", name), verdict)


def start(names, folder):
    pid = os.fork()
    if pid == 0:
        try:
            run(names, folder)
        finally:
            os._exit(1)
    return pid


def ended(pid):
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True


def collect(folder, pids):
    """What each program wrote into a folder, once all have, or have ended, or the limit is over."""
    end = time.time() + LIMIT + 30
    found = {}
    while len(found) < len(pids):
        for name, pid in pids.items():
            gone = ended(pid)  # looked at first: what it wrote before its end counts
            if name not in found and os.path.exists(os.path.join(folder, name)):
                found[name] = open(os.path.join(folder, name)).read()
            elif name not in found and (gone or time.time() > end):
                found[name] = "has ended" if gone else "says nothing"
        time.sleep(0.1)
    return found


def ask_all(pids, folder):
    """Has every program check itself, and collects the verdicts."""
    verdicts = os.path.join(folder, "verdicts")
    for name in os.listdir(verdicts):
        os.unlink(os.path.join(verdicts, name))
    for pid in set(pids.values()):
        if not ended(pid):
            os.kill(pid, ASK)
    write_json(os.path.join(folder, "verdicts.json"), collect(verdicts, pids))


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(programs))
        return
    folder, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.umask(0)
    for part in ("work", "ready", "verdicts"):
        os.makedirs(os.path.join(folder, part), 0o777)
    os.chdir(folder)
    signal.pthread_sigmask(signal.SIG_BLOCK, {ASK})
    if names[0] == "--own":
        for space in names[1].split(","):
            call("unshare", NAMESPACES[space])
        names = names[2:]
    pids = {}
    for group in names:
        members = group.split("+")
        pids.update(dict.fromkeys(members, start(members, folder)))
    ready = collect(os.path.join(folder, "ready"), pids)
    write_json(os.path.join(folder, "ready.json"), ready)
    while True:
        signal.sigwait({ASK})
        ask_all(pids, folder)


main()
