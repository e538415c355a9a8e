"""Runs a program and notes what it took: peak.py FILE PROGRAM [ARGUMENT…]. Ends with the program's status."""
import json
import os
import sys

file, *command = sys.argv[1:]
pid = os.fork()
if pid == 0:
    os.execvp(command[0], command)
# As a zombie it still says what it has read.
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
with open(f"/proc/{pid}/io") as io:
    fields = dict(line.split(": ") for line in io)
_, status, usage = os.wait4(pid, 0)
with open(file, "w") as out:
    json.dump({"peak": usage.ru_maxrss * 1024, "read": int(fields["rchar"])}, out)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
