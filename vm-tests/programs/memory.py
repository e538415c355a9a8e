"""Mappings of every kind."""
import ctypes
import mmap
import os

from registry import Helper, call, libc, program, same

PAGE = 4096
MFD_ALLOW_SEALING, F_ADD_SEALS, F_GET_SEALS = 2, 1033, 1034
SEAL_SHRINK, SEAL_GROW = 2, 4
PROTECTIONS = [
    mmap.PROT_READ,
    mmap.PROT_READ | mmap.PROT_WRITE,
    mmap.PROT_READ | mmap.PROT_EXEC,
    0,
]
WORDS = {0: "---p", 1: "r--p", 3: "rw-p", 5: "r-xp"}


@program
def mappings(work):
    """Two hundred mappings of different protection, each with content of its own, in one address range."""
    count, pages = 200, 3
    start = libc.mmap(
        None, ctypes.c_size_t(count * pages * PAGE), mmap.PROT_READ | mmap.PROT_WRITE,
        mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, ctypes.c_long(0),
    )
    known = []
    for number in range(count):
        at = start + number * pages * PAGE
        content = (b"%8d" % number) * 256
        ctypes.memmove(at + PAGE, content, len(content))
        protection = PROTECTIONS[number % len(PROTECTIONS)]
        call("mprotect", ctypes.c_void_p(at), ctypes.c_size_t(pages * PAGE), protection)
        known.append((at, content, protection))

    def check():
        lines = {}
        for line in open("/proc/self/maps"):
            where, words = line.split()[:2]
            lines[int(where.split("-")[0], 16)] = words
        for at, content, protection in known:
            same(lines.get(at), WORDS[protection], "the protection at %x" % at)
            if protection:
                same(ctypes.string_at(at + PAGE, len(content)), content, "the content at %x" % at)
                same(ctypes.string_at(at, 8), bytes(8), "the untouched page at %x" % at)

    return check


@program
def shared_memory(work):
    """Anonymous and file memory that two processes share, and a private change to a mapped file."""
    path = os.path.join(work, "file")
    with open(path, "wb") as file:
        file.write(b"f" * 3 * PAGE)
    anonymous = mmap.mmap(-1, 4 * PAGE)
    descriptor = os.open(path, os.O_RDWR)
    of_file = mmap.mmap(descriptor, 3 * PAGE)
    private = mmap.mmap(descriptor, 3 * PAGE, flags=mmap.MAP_PRIVATE)
    os.close(descriptor)
    private[PAGE : PAGE + 4] = b"mine"
    anonymous[0:5] = b"first"
    helper = Helper(lambda at: "%s %s" % (anonymous[int(at)], of_file[int(at)]))

    def check():
        same(anonymous[0:5], b"first", "the anonymous memory")
        same(private[PAGE : PAGE + 5], b"minef", "the private change")
        same(of_file[PAGE : PAGE + 4], b"ffff", "the file")
        for number in (77, 78):
            anonymous[2 * PAGE + 9] = of_file[2 * PAGE + 9] = number
            same(helper.ask(str(2 * PAGE + 9)), "%d %d" % (number, number), "what the other process sees")
        of_file[2 * PAGE + 9] = ord("f")

    return check


@program
def posix_memory(work):
    """A semaphore and a segment, both with names in /dev/shm, which a reboot empties."""
    # glibc had them in another library before 2.34.
    posix = libc if hasattr(libc, "sem_open") else ctypes.CDLL("libpthread.so.0", use_errno=True)
    posix.sem_open.restype = ctypes.c_void_p
    name = b"/ckpt-%d" % os.getpid()
    semaphore = ctypes.c_void_p(posix.sem_open(name, os.O_CREAT, 0o600, 3))
    path = "/dev/shm%s-segment" % name.decode()
    with open(path, "w+b") as file:
        file.truncate(2 * PAGE)
        segment = mmap.mmap(file.fileno(), 2 * PAGE)
    segment[PAGE : PAGE + 5] = b"named"

    def value():
        number = ctypes.c_int()
        posix.sem_getvalue(semaphore, ctypes.byref(number))
        return number.value

    def check():
        same(value(), 3, "the semaphore")
        # Who opens it by its name finds the same one.
        again = ctypes.c_void_p(posix.sem_open(name, 0))
        posix.sem_post(again)
        same(value(), 4, "the semaphore, posted by its name")
        posix.sem_wait(semaphore)
        posix.sem_close(again)
        same(segment[PAGE : PAGE + 5], b"named", "the segment")
        with open(path, "r+b") as file:
            file.seek(PAGE + 5)
            file.write(b"too")
        same(segment[PAGE : PAGE + 8], b"namedtoo", "the segment, written by its name")

    check()
    return check


@program
def memfd(work):
    """A sealed memory file, open and mapped, with its offset."""
    name = b"zoo memfd"
    descriptor = call("memfd_create", name, MFD_ALLOW_SEALING)
    os.write(descriptor, b"m" * 2 * PAGE)
    os.lseek(descriptor, 100, os.SEEK_SET)
    view = mmap.mmap(descriptor, 2 * PAGE)
    view[PAGE] = ord("!")
    call("fcntl", descriptor, F_ADD_SEALS, SEAL_SHRINK | SEAL_GROW)

    def check():
        same(os.lseek(descriptor, 0, os.SEEK_CUR), 100, "the offset")
        same(call("fcntl", descriptor, F_GET_SEALS), SEAL_SHRINK | SEAL_GROW, "the seals")
        same(os.pread(descriptor, 3, PAGE - 1), b"m!m", "the content")
        view[7] = ord("7")
        same(os.pread(descriptor, 1, 7), b"7", "what was written through the mapping")
        view[7] = ord("m")
        same(os.fstat(descriptor).st_size, 2 * PAGE, "the size")
        same("zoo memfd" in os.readlink("/proc/self/fd/%d" % descriptor), True, "the name")

    return check


@program
def locked_memory(work):
    """mlock, MADV_DONTFORK, MADV_DONTDUMP and a mapping that grows down."""
    MADV_DONTFORK, MADV_DONTDUMP = 10, 16
    size = ctypes.c_size_t(4 * PAGE)
    at = [
        libc.mmap(None, size, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, ctypes.c_long(0)) for _ in range(3)
    ]
    call("mlock", ctypes.c_void_p(at[0]), size)
    call("madvise", ctypes.c_void_p(at[1]), size, MADV_DONTFORK)
    call("madvise", ctypes.c_void_p(at[2]), size, MADV_DONTDUMP)

    def flags(address):
        found, inside = [], False
        for line in open("/proc/self/smaps"):
            head = line.split()[0]
            if "-" in head:
                low, high = (int(part, 16) for part in head.split("-"))
                inside = low <= address < high
            elif inside and head == "VmFlags:":
                found = line.split()[1:]
        return found

    def check():
        for address, flag in zip(at, ("lo", "dc", "dd")):
            same(flag in flags(address), True, "the flag " + flag)

    check()
    return check
