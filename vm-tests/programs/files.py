"""Open files: offsets, deleted ones, locks, watches."""
import fcntl
import mmap
import os
import select
import struct

from registry import Helper, call, program, same

F_OFD_GETLK, F_OFD_SETLK = 36, 37


@program
def regular_files(work):
    """Offsets, append mode, one open file description under two numbers, a directory, close-on-exec."""
    path = os.path.join(work, "file")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    os.write(descriptor, b"0123456789" * 100)
    os.lseek(descriptor, 123, os.SEEK_SET)
    twin = os.dup2(descriptor, 77)
    appending = os.open(path, os.O_WRONLY | os.O_APPEND)
    folder = os.open(work, os.O_RDONLY | os.O_DIRECTORY)

    def modes():
        return [fcntl.fcntl(each, fcntl.F_GETFL) & (os.O_ACCMODE | os.O_APPEND) for each in (descriptor, appending)]


    def check():
        same(os.read(descriptor, 4), b"3456", "what is read at the offset")
        same(os.lseek(twin, 0, os.SEEK_CUR), 127, "the offset of the twin")
        os.lseek(descriptor, 123, os.SEEK_SET)
        same(modes(), [os.O_RDWR, os.O_WRONLY | os.O_APPEND], "the modes")
        same((os.get_inheritable(descriptor), os.get_inheritable(twin)), (False, True), "inheritance")
        same("file" in os.listdir(folder), True, "the directory")

    return check


@program
def deleted_file(work):
    """An unlinked file, open twice and mapped."""
    path = os.path.join(work, "ghost")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"ghost" * 5000)
    other = os.open(path, os.O_RDONLY)
    view = mmap.mmap(descriptor, 8192, prot=mmap.PROT_READ)
    os.unlink(path)
    os.lseek(descriptor, 10, os.SEEK_SET)

    def check():
        same(os.path.exists(path), False, "the name")
        same(os.lseek(descriptor, 0, os.SEEK_CUR), 10, "the offset")
        for each in (descriptor, other):
            same(os.pread(each, 25000, 0), b"ghost" * 5000, "the content")
        same(view[4999:5004], (b"ghost" * 5000)[4999:5004], "the mapping")
        same(os.fstat(descriptor).st_ino, os.fstat(other).st_ino, "the inode")
        os.pwrite(descriptor, b"G", 0)
        same((os.pread(other, 1, 0), view[0:1]), (b"G", b"G"), "what was written")
        os.pwrite(descriptor, b"g", 0)

    return check


@program
def other_name_left(work):
    """An open file whose name is gone while another name of it is left."""
    first, second = os.path.join(work, "first"), os.path.join(work, "second")
    descriptor = os.open(first, os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"linked")
    os.link(first, second)
    os.unlink(first)

    def check():
        same(os.path.exists(first), False, "the first name")
        same(os.pread(descriptor, 10, 0), b"linked", "the content")
        same(os.fstat(descriptor).st_ino, os.stat(second).st_ino, "the inode")

    return check


@program
def locks(work):
    """flock, a POSIX record lock and an open-file-description lock, as another process meets them."""
    names = [os.path.join(work, name) for name in ("flock", "posix", "ofd")]
    held = [os.open(name, os.O_RDWR | os.O_CREAT) for name in names]
    fcntl.flock(held[0], fcntl.LOCK_EX)
    fcntl.lockf(held[1], fcntl.LOCK_EX, 10, 5)
    fcntl.fcntl(held[2], F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 3, 4, 0))

    def refused(question):
        number = int(question)
        descriptor = os.open(names[number], os.O_RDWR)
        try:
            if number == 0:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            elif number == 1:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 14)
            else:
                fcntl.fcntl(descriptor, F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 6, 1, 0))
            return "free"
        except OSError:
            return "held"
        finally:
            os.close(descriptor)

    def first():
        for descriptor in held:
            os.close(descriptor)

    other = Helper(refused, first)

    def check():
        same([other.ask(str(number)) for number in range(3)], ["held"] * 3, "the locks")

    check()
    return check


@program
def inotify(work):
    """A watch on a directory and one on a file."""
    IN_CREATE, IN_DELETE, IN_ATTRIB = 0x100, 0x200, 0x4
    path = os.path.join(work, "watched")
    open(path, "w").close()
    descriptor = call("inotify_init1", os.O_NONBLOCK)
    folder = call("inotify_add_watch", descriptor, work.encode(), IN_CREATE | IN_DELETE)
    file = call("inotify_add_watch", descriptor, path.encode(), IN_ATTRIB)

    def events():
        found = []
        while select.select([descriptor], [], [], 1)[0]:
            data = os.read(descriptor, 4096)
            while data:
                watch, mask, _, length = struct.unpack_from("iIII", data)
                found.append((watch, mask))
                data = data[16 + length :]
        return found

    def check():
        new = os.path.join(work, "new")
        open(new, "w").close()
        os.unlink(new)
        os.chmod(path, 0o600)
        same(events(), [(folder, IN_CREATE), (folder, IN_DELETE), (file, IN_ATTRIB)], "the events")

    return check
