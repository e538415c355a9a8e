import type { NamespaceKind } from '../proc/namespaces.js';

/** Where the top of this system's file systems is open for the command: above what a shell takes for itself. */
const TOP = 9;
/** In front of a path: it is one of this system. */
const MARK = '@';

/** A path of this system, as an argument of a command that runs within other mounts. */
export function fromOutside(path: string): string {
  return `${MARK}${path}`;
}

/** What a script that the command starts puts in front of a path of this system: CRIU leaves it no open file. */
export const OUTSIDE_OF_PARENT = `/proc/$PPID/fd/${TOP}`;

/**
 * Makes a command run in some namespaces of a process, under the PID that it would have without. What it is to find outside
 * is told it by `fromOutside`; it is found outside itself.
 */
export function withinNamespaces(
  pid: number,
  kinds: readonly NamespaceKind[],
  [program = '', ...args]: readonly string[],
): readonly string[] {
  const entered = kinds.map(kind => `--${OPTIONS[kind] ?? kind}=/proc/${pid}/ns/${kind}`);
  const script = [
    `exec ${TOP}</ || exit`,
    'for one do',
    '  shift',
    `  case $one in ${MARK}/*) one=/proc/$$/fd/${TOP}\${one#${MARK}} ;; esac`,
    '  set -- "$@" "$one"',
    'done',
    'exec nsenter "$@"',
  ].join('\n');
  return ['sh', '-c', script, 'sh', ...entered, '--', fromOutside(program), ...args];
}

/** Where nsenter(1) calls a kind otherwise than /proc. */
const OPTIONS: Partial<Record<NamespaceKind, string>> = { mnt: 'mount' };
