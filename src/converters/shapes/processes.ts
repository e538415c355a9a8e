/** Shapes of processes and threads: the parts that are plain translations. */
import { fail } from '../../errors.js';
import type {
  Credentials,
  Filesystem,
  NamespaceMembership,
  PendingSignal,
  Process,
  SeccompFilter,
  SignalAction,
  Thread,
  Timers,
} from '../../image-format/neutral/index.js';
import {
  CAPABILITY_NAMES,
  membarrierRegistrations,
  processStates,
  schedulingPolicies,
  seccompFlags,
  seccompModes,
  secureBits,
  taskFlags,
} from '../../image-format/neutral/words/processes.js';
import {
  actionFlags,
  clocks,
  stackFlags,
  timerNotifications,
} from '../../image-format/neutral/words/signals.js';
import { personality } from './personality.js';
import {
  base64,
  bits,
  boolean,
  decimal,
  hex,
  hex32,
  inside,
  list,
  named,
  nested,
  number,
  reference,
  signal,
  signalMask,
  silently,
  text,
} from './reps.js';
import { type Rep, shape } from './shape.js';
import { signalInformation } from './siginfo.js';

/** A queue of pending signals. */
const signalQueue: Rep<PendingSignal[]> = inside('signals', list(inside('siginfo', signalInformation)));

/** SIG_DFL is 0 and SIG_IGN is 1. */
const handler: Rep<string> = {
  lift: value => (value === 0n ? 'default' : value === 1n ? 'ignore' : hex.lift(value)),
  lower: value => (value === 'default' ? 0n : value === 'ignore' ? 1n : hex.lower(value)),
};

/** Everything of `sa_entry` but the signal, which is its place in the list. */
export const signalAction = shape<Omit<SignalAction, 'signal'>>('sa_entry', {
  sigaction: ['handler', handler],
  flags: ['flags', silently(0n, bits(actionFlags, 64))],
  restorer: ['restorer', silently(0n, hex)],
  mask: ['mask', silently(0n, signalMask)],
  compat_sigaction: ['compatible', boolean],
});

type IntervalTimer = NonNullable<Timers['real']>;
type PosixTimer = NonNullable<Timers['posix']>[number];

/** Times lie flat in the wire messages: both halves of each, by name. */
interface FlatTimes {
  readonly isec: string;
  readonly vsec: string;
  readonly ifine: string;
  readonly vfine: string;
}
const flatInterval = shape<FlatTimes>('itimer_entry', {
  isec: ['isec', decimal],
  iusec: ['ifine', decimal],
  vsec: ['vsec', decimal],
  vusec: ['vfine', decimal],
});

const intervalTimer: Rep<IntervalTimer> = {
  lift: value => {
    const flat = nested(flatInterval).lift(value);
    return {
      interval: { seconds: flat.isec, microseconds: flat.ifine },
      remaining: { seconds: flat.vsec, microseconds: flat.vfine },
    };
  },
  lower: value =>
    nested(flatInterval).lower({
      isec: value.interval.seconds,
      ifine: value.interval.microseconds,
      vsec: value.remaining.seconds,
      vfine: value.remaining.microseconds,
    }),
};

type FlatPosixTimer = Omit<PosixTimer, 'interval' | 'remaining'> & FlatTimes;
const flatPosixTimer = shape<FlatPosixTimer>('posix_timer_entry', {
  it_id: ['id', number],
  clock_id: ['clock', named(clocks)],
  si_signo: ['signal', signal],
  it_sigev_notify: ['notification', named(timerNotifications)],
  sival_ptr: ['value', hex],
  overrun: ['overrun', number],
  isec: ['isec', decimal],
  insec: ['ifine', decimal],
  vsec: ['vsec', decimal],
  vnsec: ['vfine', decimal],
  notify_thread_id: ['thread', number],
});

const posixTimer: Rep<PosixTimer> = {
  lift: value => {
    const { isec, ifine, vsec, vfine, ...rest } = nested(flatPosixTimer).lift(value);
    return {
      ...rest,
      interval: { seconds: isec, nanoseconds: ifine },
      remaining: { seconds: vsec, nanoseconds: vfine },
    };
  },
  lower: ({ interval, remaining, ...rest }) =>
    nested(flatPosixTimer).lower({
      ...rest,
      isec: interval.seconds,
      ifine: interval.nanoseconds,
      vsec: remaining.seconds,
      vfine: remaining.nanoseconds,
    }),
};

const unarmed = { isec: 0n, iusec: 0n, vsec: 0n, vusec: 0n };
const timers = shape<Timers>('task_timers_entry', {
  real: ['real', silently(unarmed, intervalTimer)],
  virt: ['virtual', silently(unarmed, intervalTimer)],
  prof: ['profiling', silently(unarmed, intervalTimer)],
  posix: ['posix', list(posixTimer)],
});

/** A bound for capabilities without a name, so that no document makes a set of any size. */
const MOST_CAPABILITIES = 1024;

/** Capability sets: one 32-bit word after the other; the number of words follows from the kernel (two since 2.6.25). */
const capabilities: Rep<((typeof CAPABILITY_NAMES)[number] | `#${number}`)[]> = {
  lift: value => {
    const out: ((typeof CAPABILITY_NAMES)[number] | `#${number}`)[] = [];
    (value as readonly number[]).forEach((word, index) => {
      for (let bit = 0; bit < 32; bit++) {
        const capability = index * 32 + bit;
        if (((word >>> bit) & 1) === 1) out.push(CAPABILITY_NAMES[capability] ?? `#${capability}`);
      }
    });
    return out;
  },
  lower: value => {
    const words = [0, 0];
    for (const name of value) {
      const known = (CAPABILITY_NAMES as readonly string[]).indexOf(name);
      const bit = known < 0 ? Number(name.slice(1)) : known;
      // Linux has 41 (include/uapi/linux/capability.h), in words of 32
      if (!(bit >= 0 && bit < MOST_CAPABILITIES)) {
        throw fail('document-contradictory', { path: '/', detail: `${name} is no capability` });
      }
      words[bit >>> 5] = ((words[bit >>> 5] ?? 0) | (1 << (bit & 31))) >>> 0;
    }
    return words;
  },
};

export const credentials = shape<Credentials>('creds_entry', {
  uid: ['user', number],
  gid: ['group', number],
  euid: ['effectiveUser', number],
  egid: ['effectiveGroup', number],
  suid: ['savedUser', number],
  sgid: ['savedGroup', number],
  fsuid: ['filesystemUser', number],
  fsgid: ['filesystemGroup', number],
  cap_inh: ['inheritable', capabilities],
  cap_prm: ['permitted', capabilities],
  cap_eff: ['effective', capabilities],
  cap_bnd: ['bounding', capabilities],
  secbits: ['secureBits', bits(secureBits)],
  groups: ['supplementaryGroups', list(number)],
  lsm_profile: ['securityProfile', text],
  lsm_sockcreate: ['socketLabel', text],
  apparmor_data: ['appArmorData', base64],
  no_new_privs: ['noNewPrivileges', number],
  cap_amb: ['ambient', capabilities],
});

/** `task_core_entry`, without what belongs to the leader thread or is shared. */
export const task = shape<Process>('task_core_entry', {
  task_state: ['state', named(processStates)],
  exit_code: ['exitStatus', silently(0, number)],
  personality: ['personality', silently(0, personality)],
  flags: ['taskFlags', bits(taskFlags)],
  comm: ['name', text],
  timers: ['timers', nested(timers)],
  signals_s: ['pendingSignals', signalQueue],
  loginuid: ['loginUser', number],
  oom_score_adj: ['outOfMemoryScore', number],
  child_subreaper: ['childSubreaper', boolean],
  stop_signo: ['stopSignal', signal],
  membarrier_registration_mask: ['membarrier', bits(membarrierRegistrations)],
});

type SignalStack = NonNullable<Thread['signalStack']>;
const signalStack = shape<SignalStack>('thread_sas_entry', {
  ss_sp: ['address', hex],
  ss_size: ['size', decimal],
  ss_flags: ['flags', bits(stackFlags)],
});

const rseq = shape<NonNullable<Thread['restartableSequence']>>('rseq_entry', {
  rseq_abi_pointer: ['address', hex],
  rseq_abi_size: ['length', number],
  signature: ['signature', hex32],
  rseq_cs_pointer: ['criticalSection', hex],
});

/** `thread_core_entry`, without the robust futexes and seccomp, which the document groups. */
export const threadCore = shape<Thread>('thread_core_entry', {
  sched_nice: ['nice', number],
  sched_policy: ['policy', named(schedulingPolicies)],
  sched_prio: ['priority', number],
  blk_sigset: ['blockedSignals', signalMask],
  sas: ['signalStack', nested(signalStack)],
  pdeath_sig: ['parentDeathSignal', signal],
  signals_p: ['pendingSignals', signalQueue],
  creds: ['credentials', nested(credentials)],
  comm: ['name', text],
  rseq_entry: ['restartableSequence', nested(rseq)],
  cg_set: ['cgroups', reference('cgroups')],
  timerslack_ns: ['timerSlack', decimal],
});

export const robustFutexes = shape<NonNullable<Thread['robustFutexes']>>('thread_core_entry', {
  futex_rla: ['address', hex],
  futex_rla_len: ['length', number],
});

export const seccomp = shape<NonNullable<Thread['seccomp']>>('thread_core_entry', {
  seccomp_mode: ['mode', named(seccompModes)],
  seccomp_filter: ['filter', number],
});

export const seccompFilter = shape<SeccompFilter>('seccomp_filter', {
  filter: ['program', base64],
  prev: ['previous', number],
  flags: ['flags', bits(seccompFlags)],
});

/** The objects that a process has, from `task_kobj_ids_entry`. */
export const objects = shape<Pick<Process, 'memory' | 'descriptors' | 'filesystem' | 'signals'>>(
  'task_kobj_ids_entry',
  {
    vm_id: ['memory', reference('memory')],
    files_id: ['descriptors', reference('descriptors')],
    fs_id: ['filesystem', reference('filesystem')],
    sighand_id: ['signals', reference('signals')],
  },
);

/** The namespaces that a process is in, from the same message. */
export const namespaces = shape<NamespaceMembership>('task_kobj_ids_entry', {
  pid_ns_id: ['pid', reference('namespace')],
  net_ns_id: ['network', reference('namespace')],
  ipc_ns_id: ['ipc', reference('namespace')],
  uts_ns_id: ['hostname', reference('namespace')],
  mnt_ns_id: ['mount', reference('namespace')],
  user_ns_id: ['user', reference('namespace')],
  cgroup_ns_id: ['cgroup', reference('namespace')],
  time_ns_id: ['time', reference('namespace')],
});

export const filesystem = shape<Omit<Filesystem, 'id'>>('fs_entry', {
  cwd_id: ['workingDirectory', reference('file')],
  root_id: ['root', reference('file')],
  umask: ['umask', number],
});

/** The address cleared when a thread ends: every architecture's `thread_info` has it. */
export const clearOnExit = shape<Thread>('thread_info_x86', { clear_tid_addr: ['clearOnExit', hex] });
