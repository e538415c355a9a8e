"""The driver's hands inside a guest: runs commands and moves files, over one virtio-serial port.

A frame is b"CKVM", two big-endian u32 (length of the header, length of the body), the header as JSON, the body as it
is. Requests carry an `id` that every frame of the answer repeats. One thread, one loop: what it does is easy to
follow, and its start costs little under emulation. Python 3.9 (bullseye) is the oldest that has to run it.
"""

import json
import os
import select
import signal
import struct
import time

MAGIC = b"CKVM"
PORT_NAME = "ckpt.agent"
CHUNK = 1 << 16
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}


def find_port():
    """Waits for the port; there is no udev in the bare guest, so sysfs is asked for its name."""
    base = "/sys/class/virtio-ports"
    while True:
        for entry in os.listdir(base) if os.path.isdir(base) else []:
            try:
                with open(f"{base}/{entry}/name", encoding="ascii") as file:
                    name = file.read().strip()
                if name == PORT_NAME:
                    return os.open(f"/dev/{entry}", os.O_RDWR)
            except OSError:
                pass
        time.sleep(0.02)


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


class Job:
    """A command in the foreground: its output is sent as it comes, its end as the last frame."""

    def __init__(self, agent, number, header, stdin):
        self.agent, self.number, self.timed_out = agent, number, False
        limit = header.get("limit")
        self.deadline = None if limit is None else time.monotonic() + limit
        in_r, self.stdin = os.pipe()
        self.out, out_w = os.pipe()
        self.err, err_w = os.pipe()
        self.pid = spawn(header, (in_r, out_w, err_w))
        for fd in (in_r, out_w, err_w):
            os.close(fd)
        self.input = memoryview(stdin)
        for fd in (self.stdin, self.out, self.err):
            os.set_blocking(fd, False)
        self.pidfd = os.pidfd_open(self.pid)
        agent.watch(self.out, select.POLLIN, lambda: self.forward(self.out, "stdout"))
        agent.watch(self.err, select.POLLIN, lambda: self.forward(self.err, "stderr"))
        agent.watch(self.pidfd, select.POLLIN, self.ended)
        agent.watch(self.stdin, select.POLLOUT, self.feed)
        agent.jobs.add(self)

    def feed(self):
        try:
            if self.input:
                self.input = self.input[os.write(self.stdin, self.input[:CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:
            self.input = memoryview(b"")
        if not self.input:
            self.agent.close(self.stdin)
            self.stdin = None

    def forward(self, fd, stream):
        """Sends what is there; False when there is no more (now or for good)."""
        try:
            data = os.read(fd, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.agent.unwatch(fd)
            return False
        self.agent.send({"id": self.number, "stream": stream}, data)
        return True

    def ended(self):
        # A child left in the background may keep the pipes open: take what was written, do not wait for their end.
        for fd, stream in ((self.out, "stdout"), (self.err, "stderr")):
            while self.forward(fd, stream):
                pass
            self.agent.close(fd)
        if self.stdin is not None:
            self.agent.close(self.stdin)
        self.agent.close(self.pidfd)
        self.agent.jobs.discard(self)
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self.agent.send(
            {
                "id": self.number,
                "status": None if code < 0 else code,
                "signal": -code if code < 0 else None,
                "timedOut": self.timed_out,
            }
        )

    def kill(self):
        self.timed_out, self.deadline = True, None
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def spawn(header, fds):
    """Starts argv as leader of a new session with exactly three descriptors. Returns its PID."""
    argv = header["argv"]
    environment = {**ENVIRONMENT, **header.get("env", {})}
    error_r, error_w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            for number, fd in enumerate(fds):
                os.dup2(fd, number)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.chdir(header.get("cwd", "/root"))
            os.execvpe(argv[0], argv, environment)
        except OSError as error:
            os.write(error_w, f"{argv[0]}: {error.strerror}".encode())
        finally:
            os._exit(127)
    os.close(error_w)
    with os.fdopen(error_r, "rb") as pipe:
        problem = pipe.read()
    if problem:
        os.waitpid(pid, 0)
        raise OSError(problem.decode())
    return pid


class Agent:
    def __init__(self, port):
        self.port, self.buffer = port, bytearray()
        self.poll, self.handlers, self.jobs = select.poll(), {}, set()

    def watch(self, fd, events, handler):
        self.poll.register(fd, events)
        self.handlers[fd] = handler

    def unwatch(self, fd):
        if self.handlers.pop(fd, None) is not None:
            self.poll.unregister(fd)

    def close(self, fd):
        self.unwatch(fd)
        os.close(fd)

    def send(self, header, body=b""):
        text = json.dumps(header).encode()
        data = memoryview(b"".join((MAGIC, struct.pack(">II", len(text), len(body)), text, body)))
        while data:
            data = data[os.write(self.port, data[: 1 << 15]) :]

    def read_port(self):
        data = os.read(self.port, 1 << 18)
        if not data:
            time.sleep(0.02)  # no driver is connected
            return
        self.buffer += data
        while True:
            start = self.buffer.find(MAGIC)
            if start != 0:
                # The rest of a frame whose sender went away in the middle.
                del self.buffer[: start if start > 0 else max(0, len(self.buffer) - 3)]
            if len(self.buffer) < 12 or self.buffer[:4] != MAGIC:
                return
            header_length, body_length = struct.unpack(">II", self.buffer[4:12])
            end = 12 + header_length + body_length
            if len(self.buffer) < end:
                return
            header = json.loads(bytes(self.buffer[12 : 12 + header_length]))
            body = bytes(self.buffer[12 + header_length : end])
            del self.buffer[:end]
            self.handle(header, body)

    def handle(self, header, body):
        try:
            answer = getattr(self, "do_" + header["op"])(header, body)
        except Exception as error:  # whatever went wrong belongs to this request only
            answer = {"error": f"{type(error).__name__}: {error}"}, b""
        if answer is not None:
            self.send({"id": header["id"], **answer[0]}, answer[1])

    def do_ping(self, _header, _body):
        return {
            "bootId": read_text("/proc/sys/kernel/random/boot_id"),
            "kernel": os.uname().release,
            "uptime": float(read_text("/proc/uptime").split()[0]),
        }, b""

    def do_run(self, header, body):
        Job(self, header["id"], header, body)

    def do_start(self, header, _body):
        """Starts argv in the background, away from the agent: its parent is init, its output goes to a file."""
        out = header.get("out", "/dev/null")
        report_r, report_w = os.pipe()
        middle = os.fork()
        if middle == 0:
            try:
                null = os.open("/dev/null", os.O_RDONLY)
                log = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
                os.write(report_w, f"{spawn(header, (null, log, log))}".encode())
            except OSError as error:
                os.write(report_w, f"!{error}".encode())
            finally:
                os._exit(0)
        os.close(report_w)
        with os.fdopen(report_r, "rb") as pipe:
            report = pipe.read().decode()
        os.waitpid(middle, 0)
        if not report.isdigit():
            raise OSError(report.lstrip("!"))
        return {"pid": int(report)}, b""

    def do_put(self, header, body):
        """Writes a piece of a file; the first piece (offset 0) makes the file and its folder."""
        path, offset = header["path"], header["offset"]
        if offset == 0:
            os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if offset == 0 else 0)
        fd = os.open(path, flags, 0o600)
        try:
            view, at = memoryview(body), offset
            while view:
                written = os.pwrite(fd, view, at)
                view, at = view[written:], at + written
            os.fchmod(fd, header["mode"])
        finally:
            os.close(fd)
        return {}, b""

    def do_get(self, header, _body):
        fd = os.open(header["path"], os.O_RDONLY)
        try:
            info = os.fstat(fd)
            data = os.pread(fd, header["length"], header["offset"])
            return {"size": info.st_size, "mode": info.st_mode & 0o7777}, data
        finally:
            os.close(fd)

    def do_kexec(self, header, _body):
        """Jumps into the loaded kernel once the answer is out. Nothing that was written before is lost."""
        if read_text("/sys/kernel/kexec_loaded") != "1":
            raise OSError("no kernel is loaded for kexec")
        self.send({"id": header["id"]})
        os.sync()
        with open("/proc/sysrq-trigger", "w", encoding="ascii") as file:
            file.write("u")
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and not root_is_read_only():
            time.sleep(0.005)
        # -x leaves the interfaces up: taking them down would tell TCP peers nothing, and costs time.
        os.execv("/sbin/kexec", ["kexec", "-e", "-x", "-y"])

    def run(self):
        self.watch(self.port, select.POLLIN, self.read_port)
        while True:
            deadlines = [job.deadline for job in self.jobs if job.deadline is not None]
            wait = max(0, min(deadlines) - time.monotonic()) * 1000 + 1 if deadlines else None
            # A handler may close descriptors whose numbers the next one opens again: call only who was asked for.
            ready = [(fd, self.handlers.get(fd)) for fd, _ in self.poll.poll(wait)]
            for fd, handler in ready:
                if handler is not None and self.handlers.get(fd) is handler:
                    handler()
            now = time.monotonic()
            for job in [job for job in self.jobs if job.deadline is not None and job.deadline <= now]:
                job.kill()


def root_is_read_only():
    with open("/proc/mounts", encoding="utf-8") as file:
        for line in file:
            fields = line.split()
            if fields[1] == "/" and fields[2] != "rootfs":
                return "ro" in fields[3].split(",")
    return False


if __name__ == "__main__":
    Agent(find_port()).run()
