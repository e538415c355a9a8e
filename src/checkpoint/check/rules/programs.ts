import { each, type Rule } from '../rule.js';
import { hasInnerMounts } from './places.js';

const APART: Readonly<Record<string, string>> = { files: 'descriptors', folder: 'working folder' };

/** Best effort is what all have; its level follows from niceness, which CRIU does save. */
const IO_CLASSES: Readonly<Record<number, string>> = { 1: 'real time', 3: 'idle' };

/** KiB, measured with CRIU 4.2.1: one thread fails with 64 left and passes with 128. */
const NO_SPACE = 64;
const MUCH = 1024;

/** How a program was started, and what it has set for itself. */
export const programRules: readonly Rule[] = [
  {
    id: 'thread-apart',
    looksFor: 'a thread with descriptors, a folder or a namespace of its own',
    severity: 'loss',
    why: 'CRIU saves these once for the whole process: after the thaw the thread has those of the main thread, and what only it had open is gone.',
    remedy: 'Restart the program after the switch',
    find: each(({ task, threadsApart }) =>
      // A dead main thread has nothing left to differ from.
      (task.state === 'Z' ? [] : threadsApart).map(one => {
        const [kind = '', tid = ''] = one.split(':');
        return `thread ${tid} has its own ${APART[kind] ?? `${kind} namespace`}`;
      }),
    ),
  },
  {
    id: 'no-space-for-criu',
    looksFor: 'a process at its limit of address space',
    severity: 'cannot',
    why: 'CRIU puts a piece of code into the process while it saves it, and the limit (RLIMIT_AS) leaves no space for that.',
    remedy: 'Raise the limit of the running process (prlimit --pid PID --as=unlimited)',
    find: each(({ spaceLeftKiB = MUCH }) =>
      spaceLeftKiB <= NO_SPACE ? [`${spaceLeftKiB} KiB of address space left`] : [],
    ),
  },
  {
    id: 'little-space-for-criu',
    looksFor: 'a process near its limit of address space',
    severity: 'unknown',
    why: 'CRIU puts a piece of code into the process while it saves it; how much space that takes grows with threads and files.',
    remedy: 'Raise the limit of the running process (prlimit --pid PID --as=unlimited)',
    find: each(({ spaceLeftKiB = MUCH }) =>
      spaceLeftKiB > NO_SPACE && spaceLeftKiB < MUCH ? [`${spaceLeftKiB} KiB of address space left`] : [],
    ),
  },
  {
    id: 'program-in-memory',
    looksFor: 'a program that was started from a memory file',
    severity: 'cannot',
    why: 'Its program file is a memory file (memfd), which CRIU saves and cannot start from again.',
    remedy: 'Start the program from a file on disk',
    find: each(({ program }) => (program.startsWith('/memfd:') ? [program] : [])),
  },
  {
    id: 'program-mount-gone',
    looksFor: 'a program started from a mount that the process does not see',
    severity: 'cannot',
    why: 'It went into another mount namespace after it had started, or the mount was taken away: no path leads to its program file.',
    remedy: 'Start it again inside the namespace (unshare --mount PROGRAM, PrivateMounts= in its unit)',
    find: each(({ task, program, programMount, mounts }, facts) =>
      programMount === undefined ||
      hasInnerMounts(task.pid, facts) ||
      program.startsWith('/memfd:') ||
      mounts.length === 0 ||
      mounts.some(mount => mount.id === programMount)
        ? []
        : ['its program file'],
    ),
  },
  {
    id: 'settings-forgotten',
    looksFor: 'I/O priority or personality that were set; in a PID namespace of its own also the processors',
    severity: 'note',
    why: 'CRIU does not save this setting, and after the thaw it is that of ckpt. Set it again then (ionice -p, taskset -p), or thaw under the same (setarch, taskset).',
    remedy: '',
    find: each(({ task, threads, usualProcessors, ioClass, personality }) => [
      // Those of others the thaw sets again.
      ...(task.namespacePids.length > 1 &&
      usualProcessors !== '' &&
      threads.some(t => t.processors !== '' && t.processors !== usualProcessors)
        ? ['bound to some processors']
        : []),
      ...(IO_CLASSES[ioClass] === undefined ? [] : [`I/O priority "${IO_CLASSES[ioClass]}"`]),
      ...(personality === 0 ? [] : [`personality ${personality.toString(16)}`]),
    ]),
  },
];
