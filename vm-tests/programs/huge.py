"""Huge pages: those of hugetlb, which are set aside, and transparent ones."""
import ctypes
import mmap
import os

from registry import call, libc, program, same
from sysv import shared

HUGE = 2 << 20
MAP_HUGETLB, MFD_HUGETLB, SHM_HUGETLB = 0x40000, 4, 0o4000
MADV_MERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE = 12, 14, 15
PR_SET_THP_DISABLE, PR_GET_THP_DISABLE = 41, 42


def set_aside(count):
    """Makes sure that so many huge pages are free, and a few for the CRIU that looks at them."""
    count += 4
    counts = dict(line.split(":") for line in open("/proc/meminfo") if line.startswith("HugePages_"))
    total, free = int(counts["HugePages_Total"]), int(counts["HugePages_Free"])
    if free < count:
        with open("/proc/sys/vm/nr_hugepages", "w") as file:
            file.write(str(total + count - free))


def flags_at(address):
    """The VmFlags of the mapping at an address."""
    inside = False
    for line in open("/proc/self/smaps"):
        head = line.split()[0]
        if "-" in head:
            low, high = (int(part, 16) for part in head.split("-"))
            inside = low <= address < high
        elif inside and head == "VmFlags:":
            return line.split()[1:]
    return []


def anonymous(size, flags):
    at = libc.mmap(None, ctypes.c_size_t(size), 3, flags | mmap.MAP_ANONYMOUS, -1, ctypes.c_long(0))
    if at == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")
    return at


@program
def huge_mappings(work):
    """Private and shared mappings of hugetlb pages, and a memfd of them."""
    set_aside(5)
    private = anonymous(2 * HUGE, mmap.MAP_PRIVATE | MAP_HUGETLB)
    shared_at = anonymous(HUGE, mmap.MAP_SHARED | MAP_HUGETLB)
    descriptor = call("memfd_create", b"zoo huge", MFD_HUGETLB)
    os.ftruncate(descriptor, HUGE)
    view = mmap.mmap(descriptor, HUGE)
    ctypes.memmove(private + HUGE - 4, b"straddle", 8)
    ctypes.memmove(shared_at + 5000, b"shared", 6)
    view[100:104] = b"memo"

    def check():
        same(ctypes.string_at(private + HUGE - 4, 8), b"straddle", "the private pages")
        same(ctypes.string_at(shared_at + 5000, 6), b"shared", "the shared page")
        same(view[100:104], b"memo", "the memfd")
        for at in (private, shared_at):
            same("ht" in flags_at(at), True, "that the pages at %x are huge" % at)

    check()
    return check


@program
def huge_segment(work):
    """A System V segment of a huge page."""
    set_aside(1)
    segment = call("shmget", 0x4321, ctypes.c_size_t(HUGE), SHM_HUGETLB | 0o1600)
    at = libc.shmat(segment, None, 0)
    ctypes.memmove(at + 77, b"huge segment", 12)

    def check():
        same(ctypes.string_at(at + 77, 12), b"huge segment", "the segment")
        same("ht" in flags_at(at), True, "that it is a huge page")

    check()
    return check


@program
def transparent_pages(work):
    """Memory that asked for transparent huge pages, for none, and for merging."""
    wanted = {"hg": MADV_HUGEPAGE, "nh": MADV_NOHUGEPAGE, "mg": MADV_MERGEABLE}
    found = {}
    for flag, advice in wanted.items():
        at = anonymous(4 * HUGE, mmap.MAP_PRIVATE)
        call("madvise", ctypes.c_void_p(at), ctypes.c_size_t(4 * HUGE), advice)
        ctypes.memset(at + HUGE, 0x55, HUGE)
        found[flag] = at

    def check():
        for flag, at in found.items():
            same(flag in flags_at(at), True, "the flag " + flag)
            same(ctypes.string_at(at + 2 * HUGE - 2, 3), b"UU\0", "the content")

    check()
    return check


@program
def no_transparent_pages(work):
    call("prctl", PR_SET_THP_DISABLE, 1, 0, 0, 0)

    def check():
        same(call("prctl", PR_GET_THP_DISABLE, 0, 0, 0, 0), 1, "that there are no transparent huge pages")

    return check
