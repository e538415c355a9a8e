"""What lies in namespaces: for trees that have some of their own."""
import ctypes
import os
import socket
import struct

from registry import call, program, same

MS_BIND, MS_RDONLY, MS_REMOUNT, MS_NOSUID, MS_SHARED, MS_PRIVATE = 4096, 1, 32, 2, 1 << 20, 1 << 18


def mount(source, target, kind="", flags=0, options=""):
    os.makedirs(target, exist_ok=True)
    call("mount", source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())


def run(*command):
    import subprocess  # here, not above: what is imported lies in every process of the set

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def own_mounts(work):
    return sorted(line.split(" - ")[0].split()[4] for line in open("/proc/self/mountinfo") if work in line)


@program
def mounts(work):
    """A tmpfs with files, bind mounts, one of them read-only, a shared one, a file mounted over another."""
    mount("zoo", work + "/tmp", "tmpfs", MS_NOSUID, "size=2m,mode=750")
    with open(work + "/tmp/file", "w") as file:
        file.write("in memory" * 1000)
    os.symlink("file", work + "/tmp/link")
    os.mkdir(work + "/tmp/folder", 0o711)
    os.mkdir(work + "/plain")
    mount(work + "/plain", work + "/bound", flags=MS_BIND)
    mount("", work + "/bound", flags=MS_BIND | MS_REMOUNT | MS_RDONLY)
    mount("zoo2", work + "/shared", "tmpfs")
    mount("", work + "/shared", flags=MS_SHARED)
    mount(work + "/shared", work + "/again", flags=MS_BIND)
    mount("zoo3", work + "/shared/below", "tmpfs")
    held = os.open(work + "/tmp/file", os.O_RDONLY)
    known = own_mounts(work)

    def check():
        same(own_mounts(work), known, "the mounts")
        same(os.pread(held, 9, 0), b"in memory", "the file")
        same(os.readlink(work + "/tmp/link"), "file", "the link")
        same(os.stat(work + "/tmp/folder").st_mode & 0o777, 0o711, "the folder's mode")

    return check


@program
def overlay(work):
    """An overlay over two folders, with an open file that it copied up."""
    for name in ("lower", "upper", "work"):
        os.makedirs(os.path.join(work, name))
    with open(work + "/lower/file", "w") as file:
        file.write("from below")
    options = "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work" % (work, work, work)
    mount("zoo-overlay", work + "/merged", "overlay", 0, options)
    with open(work + "/merged/file", "a") as file:
        file.write(", changed")
    held = os.open(work + "/merged/file", os.O_RDONLY)

    def check():
        same(os.pread(held, 100, 0), b"from below, changed", "the file")

    return check


@program
def automount(work):
    """A mount point of autofs, whose daemon this is."""
    os.setpgid(0, 0)  # CRIU looks for the daemon at the head of the process group that the mount names
    reader, writer = os.pipe()
    options = "fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect" % (writer, os.getpgrp())
    mount("zoo-auto", work + "/auto", "autofs", 0, options)
    os.close(writer)
    folder = os.open(work + "/auto", os.O_RDONLY | os.O_DIRECTORY)

    def check():
        same([line for line in open("/proc/self/mountinfo") if " autofs " in line and work in line] != [], True, "it")
        same(os.fstat(reader).st_mode & 0o170000, 0o010000, "its pipe")
        os.fstat(folder)

    return check


@program
def devices(work):
    """Interfaces of every kind that CRIU knows, with addresses, routes and rules; rules of nftables and iptables."""
    lines = [
        "link set lo up",
        "link add zoo-a type veth peer name zoo-b",
        "link add zoo-bridge type bridge",
        "link set zoo-a master zoo-bridge",
        "link set zoo-a up",
        "link set zoo-b up mtu 1400",
        "link add zoo-mac link zoo-b type macvlan mode bridge",
        "addr add 10.77.0.1/24 dev zoo-b",
        "addr add fd77::1/64 dev zoo-b nodad",
        "route add 10.78.0.0/16 via 10.77.0.9",
        "route add fd78::/32 via fd77::9",
        "rule add from 10.77.0.5 table 77",
        "route add default via 10.77.0.2 table 77",
    ]
    for line in lines:
        run("ip", *line.split())
    for line in ("add table inet zoo", "add chain inet zoo input { type filter hook input priority 0 ; }"):
        run("nft", *line.split())
    run("nft", "add", "rule", "inet", "zoo", "input", "tcp", "dport", "9", "drop")
    for name, value in (("ipv4/conf/zoo-b/rp_filter", "2"), ("ipv4/conf/all/forwarding", "1"), ("unix/max_dgram_qlen", "33")):
        with open("/proc/sys/net/" + name, "w") as file:
            file.write(value)
    server = socket.socket()
    server.bind(("10.77.0.1", 7777))
    server.listen(5)

    def seen():
        names = (line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:])
        return sorted(name for name in names if name == "lo" or name.startswith("zoo-"))

    known = seen()

    def check():
        same(seen(), known, "the interfaces")
        same(open("/proc/sys/net/ipv4/conf/zoo-b/rp_filter").read(), "2\n", "a setting")
        same(server.getsockname(), ("10.77.0.1", 7777), "the socket's name")

    return check


@program
def nested_spaces(work):
    """Descriptors of namespaces."""
    held = [os.open("/proc/self/ns/" + name, os.O_RDONLY) for name in ("uts", "net", "pid")]
    known = [os.readlink("/proc/self/fd/%d" % each).split(":")[0] for each in held]

    def check():
        same([os.readlink("/proc/self/fd/%d" % each).split(":")[0] for each in held], known, "what they are")

    return check
