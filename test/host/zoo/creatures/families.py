"""Parents, children, sessions, threads."""
from base import *


def alone():
    tree(); ready(1)


def family_with_pipe():
    def body():
        r, w = os.pipe()
        child('reader'); child('writer')
        # each end is held by all three: that is what a plain fork does
    tree(body); ready(3)


def two_trees():
    a = tree(role='root'); b = tree(role='second'); ready(2, [a, b])


def two_trees_one_pipe():
    r, w = os.pipe()
    a = tree(role='root'); b = tree(role='second')
    os.close(r); os.close(w)
    ready(2, [a, b])


def not_a_leader():
    def leader():
        child('root')
    os.fork() or (os.setsid(), leader(), note('leader', os.getpid()), reap())
    ready(2)


def leader_leaves_member():
    # a member of the session that is no descendant of its leader any more: the middle one ends
    def body():
        middle = os.fork()
        if middle == 0:
            if os.fork() == 0:
                note('orphan', os.getpid()); rest()
            os._exit(0)
        os.waitpid(middle, 0)
    tree(body); ready(2)


def zombie_child():
    def body():
        if os.fork() == 0:
            os._exit(3)
        time.sleep(0.2)
    tree(body); ready(1)


def stopped():
    def body():
        child('halted', lambda: None)
    tree(body)
    found = wait_for(2); os.kill(found['halted'], signal.SIGSTOP); time.sleep(0.2); ready(2)


def vfork_parent():
    # the parent waits in the kernel until its vfork child execs, which it never does here
    def body():
        note('root', os.getpid())
        m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        # mov eax, 58 (vfork); syscall; test eax, eax; jnz +9; loop: mov eax, 34 (pause); syscall; jmp loop; ret
        m.write(bytes.fromhex('b83a0000000f0585c07509b8220000000f05ebf7c3'))
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()
    tree(body); time.sleep(0.5); ready(1)


def lowest_code_shared():
    # as PHP has the memory for what it compiles: in reach of its own code, below that
    def body():
        note('root', os.getpid())
        libc.mmap.restype = ctypes.c_void_p
        # PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED | MAP_ANONYMOUS
        at = libc.mmap(ctypes.c_void_p(0x200000), ctypes.c_size_t(65536), 5, 0x31, -1, ctypes.c_size_t(0))
        assert at == 0x200000, ctypes.get_errno()
        rest()
    tree(body); time.sleep(0.3); ready(1)


def threads():
    def body():
        for _ in range(4):
            threading.Thread(target=rest, daemon=True).start()
    tree(body); ready(1)


def dead_main_thread():
    def body():
        threading.Thread(target=rest, daemon=True).start()
        time.sleep(0.2)
        note('root', os.getpid())
        raw(60, 0)  # exit(2): ends this thread only
    tree(body); time.sleep(0.3); ready(1)
