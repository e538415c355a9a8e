import { knownPairs } from '../../../host/criu/known-pairs.js';
import { livingLeader } from '../../../host/proc/index.js';
import { each, type Rule } from '../rule.js';

/** AppArmor writes the mode behind the name: `/usr/sbin/chronyd (enforce)`; one that confines nothing is no profile here. */
function isProfile(label: string): boolean {
  return / \((?:enforce|kill|complain|mixed|prompt)\)$/.test(label);
}

export const processRules: readonly Rule[] = [
  {
    id: 'init',
    looksFor: 'PID 1',
    severity: 'cannot',
    why: 'PID 1 is the system itself.',
    remedy: 'Name the services that are to be kept',
    find: facts => (facts.members.includes(1) ? [{ pid: 1, what: 'init' }] : []),
  },
  {
    id: 'not-session-leader',
    looksFor: 'a root that leads no session, and whose leader has ended',
    severity: 'note',
    why: 'The leader of its session has ended. The thaw puts it into a new session, which has no leader either and has another number.',
    remedy: '',
    find: facts => {
      const task = facts.processes.get(facts.root)?.task;
      // A leader that lives is named by the session tie.
      if (task === undefined || task.session === task.pid || facts.options.shellJob) return [];
      if (task.session === 0 || livingLeader(task.session, facts.snapshot.processes)) return [];
      return [{ pid: task.pid, what: `session ${task.session}` }];
    },
  },
  {
    id: 'inner-session-without-leader',
    looksFor: 'a process in another session than the root, whose leader has ended',
    severity: 'cannot',
    why: 'CRIU would make a leader for its session, which ends again, and the process would then have another parent than now.',
    remedy: 'Freeze that process by itself, or restart the program that started it',
    find: facts => {
      const session = facts.processes.get(facts.root)?.task.session;
      return (
        facts.members
          .flatMap(pid => facts.processes.get(pid)?.task ?? [])
          // Session 0 was begun outside of this PID namespace.
          .filter(task => task.session !== session || session === 0)
          .filter(task => !facts.members.includes(task.session))
          .filter(task => livingLeader(task.session, facts.snapshot.processes) === undefined)
          .map(task => ({ pid: task.pid, what: `session ${task.session}` }))
      );
    },
  },
  {
    id: 'runs-below',
    looksFor: 'this ckpt itself, running below the tree',
    severity: 'note',
    why: 'This ckpt runs inside the tree that it looks at; the freeze must be run from elsewhere (another login, or systemd-run).',
    remedy: '',
    find: facts =>
      facts.own.ancestors
        .filter(pid => facts.members.includes(pid))
        .slice(0, 1)
        .map(pid => ({ pid, what: 'this ckpt runs below it' })),
  },
  {
    id: 'dead-root',
    looksFor: 'a root that has ended',
    severity: 'cannot',
    why: 'The process has ended, and is a zombie until its parent takes notice.',
    remedy: 'Name a living process',
    find: facts =>
      facts.processes.get(facts.root)?.task.state === 'Z' ? [{ pid: facts.root, what: 'a zombie' }] : [],
  },
  {
    id: 'dead-main-thread',
    looksFor: 'a process whose main thread has ended',
    severity: 'cannot',
    why: 'CRIU cannot save a process whose main thread has ended while others run on.',
    remedy: 'The program must be restarted',
    find: each(({ task, threads }) =>
      task.state === 'Z' && threads.length > 1 ? [`${threads.length - 1} thread(s) left`] : [],
    ),
  },
  {
    id: 'stuck',
    looksFor: 'a thread in uninterruptible sleep',
    severity: 'cannot',
    why: 'It waits inside the kernel and cannot be stopped: for a disk or a file server, or for a child it started with vfork.',
    remedy: 'See what it waits for (/proc/PID/stack), and check again',
    find: each(({ threads }) =>
      threads.filter(thread => thread.stuck).map(thread => `thread ${thread.tid} does not come back`),
    ),
  },
  {
    id: 'frozen-group',
    looksFor: 'a frozen control group',
    severity: 'cannot',
    why: 'Nothing runs in it (systemctl freeze, docker pause), and CRIU needs each process to run for a moment. A process in which CRIU had begun would crash when it is let run again.',
    remedy: 'Let it run first: systemctl thaw UNIT, or docker unpause',
    find: each(({ task }, { frozenGroups, snapshot }) => {
      const group = snapshot.cgroups.get(task.pid);
      return group !== undefined && frozenGroups.has(group) ? [`${group} is frozen`] : [];
    }),
  },
  {
    id: 'thread-traced',
    looksFor: 'a traced thread',
    severity: 'cannot',
    why: 'A thread can have one tracer only, and CRIU needs to be it.',
    remedy: 'Detach the debugger or strace first',
    find: each(({ threads, task }) =>
      task.tracer !== 0 ? [] : threads.filter(t => t.tracer !== 0).map(t => `thread ${t.tid} by ${t.tracer}`),
    ),
  },
  {
    id: 'shared-address-space',
    looksFor: 'processes that share one address space',
    severity: 'cannot',
    why: 'They share all memory without being threads of one process (clone with CLONE_VM), which CRIU does not save.',
    remedy: 'Wait until the one has started its own program, or end it',
    find: each(({ sharesMemoryWith }) =>
      (sharesMemoryWith ?? []).map(pid => `shares its memory with ${pid}`),
    ),
  },
  {
    id: 'address-space-unknown',
    looksFor: 'processes that may share one address space',
    severity: 'unknown',
    why: 'Whether they share all memory, which CRIU does not save, could not be asked (perl is missing, or kcmp).',
    remedy: 'Install perl-base and run as root',
    find: each(({ sharesMemoryWith, task }) => (sharesMemoryWith === undefined ? [task.name] : [])),
  },
  {
    id: 'other-user',
    looksFor: 'a process of another user, without CAP_SYS_RESOURCE',
    severity: 'cannot',
    why: 'Without CAP_SYS_RESOURCE the limits of another user’s process cannot be read.',
    remedy: 'Run ckpt with CAP_SYS_RESOURCE',
    find: each(({ task }, facts) =>
      // The real, effective and saved ones, not that for files (kernel/sys.c, check_prlimit_permission()).
      !facts.own.capSysResource &&
      task.state !== 'Z' &&
      task.uids.slice(0, 3).some(uid => uid !== facts.own.uid)
        ? [`runs as user ${task.uids[0]}`]
        : [],
    ),
  },
  {
    id: 'shadow-stack',
    looksFor: 'a shadow stack, and a CRIU before 4.0',
    severity: 'cannot',
    why: 'CRIU can save shadow stacks (CET) from 4.0 on.',
    remedy: 'Use CRIU 4.0 or newer, or start the program with GLIBC_TUNABLES=glibc.cpu.x86_shstk=off',
    at: { side: 'freeze', criu: { below: '4.0' } },
    find: each(({ task }) => (task.threadFeatures.includes('shstk') ? ['a shadow stack'] : [])),
  },
  {
    id: 'shadow-stack-kernel',
    looksFor: 'a shadow stack, and a kernel without',
    severity: 'cannot',
    why: 'Kernels before 6.6 have no shadow stacks for programs.',
    remedy: 'Choose a newer kernel',
    at: { side: 'thaw', kernel: { below: '6.6' } },
    find: each(({ task }) => (task.threadFeatures.includes('shstk') ? ['a shadow stack'] : [])),
  },
  {
    id: 'deadline-scheduling',
    looksFor: 'deadline scheduling',
    severity: 'cannot',
    why: 'CRIU does not save the parameters of SCHED_DEADLINE, and its restore refuses that policy.',
    remedy: 'Give the process another scheduling policy first (chrt)',
    find: each(({ threads }) =>
      threads.filter(t => t.schedulingPolicy === 6).map(t => `thread ${t.tid} is SCHED_DEADLINE`),
    ),
  },
  {
    id: 'profile-keeps-proc',
    looksFor: 'an AppArmor profile that keeps its processes from /proc',
    severity: 'cannot',
    why: 'CRIU works inside the root of a tree for a while, where the profile is in force, and reads its control groups in /proc; the profile does not allow that.',
    remedy:
      'Set the profile to complain mode until the freeze is done: apparmor_parser --replace --Complain /etc/apparmor.d/FILE. It is in force again after the next boot, or with apparmor_parser --replace; the thawed process is then confined by it as before',
    find: facts => {
      const root = facts.processes.get(facts.root);
      if (root === undefined || root.task.state === 'Z' || root.keptFromRoot.length === 0) return [];
      return [
        { pid: facts.root, what: `${root.securityLabel} does not allow ${root.keptFromRoot.join(', ')}` },
      ];
    },
  },
  {
    id: 'profile',
    looksFor: 'an AppArmor profile',
    severity: 'note',
    why: 'The thawed process is confined by the same profile, which must be loaded by then, as it is early in a boot.',
    remedy: 'Nothing, unless the profile is to be removed',
    find: each(({ securityLabel, task }) =>
      task.state === 'Z' || !isProfile(securityLabel) ? [] : [securityLabel],
    ),
  },
  {
    id: 'security-label',
    looksFor: 'a security label of SELinux',
    severity: 'unknown',
    why: 'The label must be known and allowed at the thaw; CRIU support depends on how it was built.',
    remedy: 'Make sure that the policy is loaded before the thaw',
    find: each(({ securityLabel, task }) =>
      task.state === 'Z' ||
      securityLabel === '' ||
      isProfile(securityLabel) ||
      /^unconfined| \(unconfined\)$/.test(securityLabel)
        ? []
        : [securityLabel],
    ),
  },
  {
    id: 'rseq-not-shown',
    looksFor: 'programs with restartable sequences on a kernel before 5.13',
    severity: 'unknown',
    why: 'Kernels before 5.13 do not say how a program registered rseq, which glibc does from 2.35 on; such a program cannot be frozen here.',
    remedy: 'Start it with GLIBC_TUNABLES=glibc.pthread.rseq=0, or with an older glibc',
    at: { side: 'freeze', kernel: knownPairs.rseq.kernel },
    find: each(({ mappings }) => {
      const libc = mappings.find(mapping => /\/libc(\.so\.6|-\d)/.test(mapping.path));
      // An old glibc carries its version in its name; from 2.35 on it is plain libc.so.6.
      return libc === undefined || /libc-2\.\d+\.so/.test(libc.path) ? [] : [libc.path];
    }),
  },
  {
    id: 'rseq-too-long',
    looksFor: 'a switch from kernel 7 back to one before 6.3',
    severity: 'note',
    why: 'On kernels of the 7 series glibc registers 33 bytes of rseq, and kernels before 6.3 take 32 only: the thaw changes the registration, and glibc’s own record of it, in the frozen memory. A program that carries a C library of its own may end at its next new thread.',
    remedy: '',
    at: { side: 'thaw', kernel: { below: '6.3' } },
    find: facts => {
      const major = Number(facts.platform.freeze.kernel?.split('.')[0] ?? 0);
      return major >= 7 ? [{ pid: facts.root, what: `from kernel ${facts.platform.freeze.kernel}` }] : [];
    },
  },
  {
    id: 'criu-vdso',
    looksFor: 'a CRIU before 4.1 on a kernel that it does not start on',
    severity: 'cannot',
    why: 'CRIU before 4.1 stops with "Unexpected rt vDSO area bounds" on kernels from 6.13 on.',
    remedy: 'Use CRIU 4.2 or newer',
    at: { side: 'freeze', ...knownPairs.vdso },
    find: facts => [{ pid: facts.root, what: 'every process' }],
  },
  {
    id: 'criu-vdso-thaw',
    looksFor: 'a CRIU before 4.1 for the thaw on a kernel that it does not start on',
    severity: 'cannot',
    why: 'CRIU before 4.1 stops with "Unexpected rt vDSO area bounds" on kernels from 6.13 on.',
    remedy: 'Use CRIU 4.2 or newer',
    at: { side: 'thaw', ...knownPairs.vdso },
    find: facts => [{ pid: facts.root, what: 'every process' }],
  },
  {
    id: 'no-criu',
    looksFor: 'a machine without CRIU',
    severity: 'unknown',
    why: 'No CRIU was found here, so nothing that depends on its version can be judged.',
    remedy: 'Install criu, or name one: --criu PATH',
    find: facts =>
      facts.platform.freeze.criu === undefined ? [{ pid: facts.root, what: 'no criu program' }] : [],
  },
];
