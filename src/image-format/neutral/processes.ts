/** Section: processes and their threads. */
import { z } from 'zod';
import { aarch64Registers } from './aarch64.js';
import { credentials } from './credentials.js';
import { x86Registers } from './registers.js';
import { base64, hex64, i32, oneOf, reference, setOf, text, u32, u64 } from './scalars.js';
import { pendingSignal, signal, signalSet, signalStack, timers } from './signals.js';
import {
  LIMIT_NAMES,
  membarrierRegistrations,
  processStates,
  schedulingPolicies,
  seccompFlags,
  seccompModes,
  taskFlags,
} from './words/processes.js';

export const seccompFilter = z
  .strictObject({
    program: base64.describe('Instructions: struct sock_filter, one after the other'),
    previous: u32.optional().describe('Position of the filter that was there before'),
    flags: setOf(seccompFlags).optional().describe('SECCOMP_FILTER_FLAG_*'),
  })
  .describe('A system call filter (seccomp(2))');
export type SeccompFilter = z.infer<typeof seccompFilter>;

export const restartableSequence = z
  .strictObject({
    address: hex64.describe('Address of the registered struct rseq'),
    length: u32.describe('Registered length in bytes'),
    signature: hex64.describe('Value expected before an abort handler'),
    criticalSection: hex64.optional().describe('Address of the critical section that was being run'),
  })
  .describe('Restartable sequence registration (rseq(2))');

export const thread = z
  .strictObject({
    tid: u32.describe('Thread ID in the outermost PID namespace of the tree'),
    name: text.optional().describe('Thread name (PR_SET_NAME), at most 15 bytes'),
    x86: x86Registers.optional().describe('Registers, on x86-64'),
    aarch64: aarch64Registers.optional().describe('Registers, on aarch64'),
    clearOnExit: hex64.optional().describe('Address cleared when the thread ends (set_tid_address(2))'),
    robustFutexes: z
      .strictObject({
        address: hex64.describe('Head of the list'),
        length: u32.describe('Size of the head in bytes'),
      })
      .optional()
      .describe('List of robust futexes (set_robust_list(2))'),
    nice: i32.optional().describe('Nice value, -20 to 19'),
    policy: oneOf(schedulingPolicies).optional().describe('Scheduling policy (SCHED_*)'),
    priority: u32.optional().describe('Real-time priority'),
    blockedSignals: signalSet.optional().describe('Signal mask (sigprocmask(2))'),
    signalStack: signalStack.optional(),
    parentDeathSignal: signal.optional().describe('Signal sent when the parent dies (PR_SET_PDEATHSIG)'),
    pendingSignals: z.array(pendingSignal).optional().describe('Signals pending for this thread'),
    credentials: credentials.optional(),
    seccomp: z
      .strictObject({
        mode: oneOf(seccompModes).optional().describe('Seccomp mode'),
        filter: u32.optional().describe('Index of the innermost filter in seccompFilters'),
      })
      .optional()
      .describe('System call filtering'),
    restartableSequence: restartableSequence.optional(),
    timerSlack: u64.optional().describe('PR_SET_TIMERSLACK in nanoseconds'),
    cgroups: reference('cgroups').optional().describe('The cgroups that the thread is in'),
  })
  .describe('A thread');
export type Thread = z.infer<typeof thread>;

export const limit = z
  .strictObject({
    soft: z.union([z.literal('unlimited'), u64]).describe('Soft limit'),
    hard: z.union([z.literal('unlimited'), u64]).describe('Hard limit'),
  })
  .describe('A resource limit (getrlimit(2))');

export const limits = z
  .strictObject(
    Object.fromEntries(LIMIT_NAMES.map(name => [name, limit.optional()])) as Record<
      (typeof LIMIT_NAMES)[number],
      z.ZodOptional<typeof limit>
    >,
  )
  .describe('Resource limits; units as in getrlimit(2)');
export type Limits = z.infer<typeof limits>;

const namespaceReference = reference('namespace').optional();
export const namespaceMembership = z
  .strictObject({
    pid: namespaceReference.describe('PID namespace'),
    network: namespaceReference.describe('Network namespace'),
    ipc: namespaceReference.describe('System V IPC and POSIX message queue namespace'),
    hostname: namespaceReference.describe('UTS namespace'),
    mount: namespaceReference.describe('Mount namespace'),
    user: namespaceReference.describe('User namespace'),
    cgroup: namespaceReference.describe('Cgroup namespace'),
    time: namespaceReference.describe('Time namespace'),
  })
  .describe('The namespaces that a process is in (namespaces(7))');
export type NamespaceMembership = z.infer<typeof namespaceMembership>;

export const process = z
  .strictObject({
    pid: u32.describe('Process ID in the outermost PID namespace of the tree'),
    parent: u32.describe('PID of the parent; 0 for the root of the tree'),
    group: u32.describe('Process group ID'),
    session: u32.describe('Session ID'),
    name: text.optional().describe('Name (/proc/PID/comm), at most 15 bytes'),
    state: oneOf(processStates).optional().describe('State that the process is thawed into'),
    exitStatus: u32.optional().describe('Wait status of a dead process; absent when 0'),
    personality: u32
      .optional()
      .describe('Execution domain and flags as personality(2) has them; absent when 0'),
    taskFlags: setOf(taskFlags).optional().describe('Kernel task flags (PF_*)'),
    memory: reference('memory').optional().describe('Address space'),
    descriptors: reference('descriptors').optional().describe('Descriptor table'),
    filesystem: reference('filesystem').optional().describe('Working directory, root and umask'),
    signals: reference('signals').optional().describe('Signal handlers'),
    namespaces: namespaceMembership.optional(),
    timers: timers.optional(),
    limits: limits.optional(),
    pendingSignals: z.array(pendingSignal).optional().describe('Signals pending for the whole process'),
    loginUser: u32.optional().describe('Audit login user (/proc/PID/loginuid); 4294967295 when unset'),
    outOfMemoryScore: i32.optional().describe('/proc/PID/oom_score_adj'),
    childSubreaper: z.boolean().optional().describe('PR_SET_CHILD_SUBREAPER'),
    stopSignal: signal.optional().describe('Signal that stopped the process'),
    membarrier: setOf(membarrierRegistrations).optional().describe('membarrier(2) registrations'),
    threads: z.array(thread).describe('Threads, the leader first; empty for a dead process'),
  })
  .describe('A process');
export type Process = z.infer<typeof process>;

export const filesystem = z
  .strictObject({
    id: z.string().describe('filesystem-N'),
    workingDirectory: reference('file').describe('Current working directory'),
    root: reference('file').describe('Root directory (chroot(2))'),
    umask: u32.optional().describe('File mode creation mask'),
  })
  .describe('Filesystem context, shared by processes made with CLONE_FS');
export type Filesystem = z.infer<typeof filesystem>;
