import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
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
 * is told it by `fromOutside`. It is found outside itself, with its interpreter if it is a script: a unit with NoExecPaths=
 * has no shell within its mounts.
 * @param script a file that the command starts, to which the same happens; it is changed for this command alone
 */
export function withinNamespaces(
  pid: number,
  kinds: readonly NamespaceKind[],
  [program = '', ...args]: readonly string[],
  script: string,
): readonly string[] {
  const entered = kinds.map(kind => `--${OPTIONS[kind] ?? kind}=/proc/${pid}/ns/${kind}`);
  const starter = [
    `exec ${TOP}</ || exit`,
    'script=$1 shell=$2',
    'shift 2',
    `sed -i "1s,.*,#!/proc/$$/fd/${TOP}$shell," "$script" || exit`,
    'for one do',
    '  shift',
    `  case $one in ${MARK}/*) one=/proc/$$/fd/${TOP}\${one#${MARK}} ;; esac`,
    '  set -- "$@" "$one"',
    'done',
    'exec nsenter "$@"',
  ].join('\n');
  const command = [...interpreterOf(program), program].map(word =>
    word.startsWith('/') ? fromOutside(word) : word,
  );
  const shell = realpathSync('/bin/sh');
  return ['sh', '-c', starter, 'sh', script, shell, ...entered, '--', ...command, ...args];
}

/** Where nsenter(1) calls a kind otherwise than /proc. */
const OPTIONS: Partial<Record<NamespaceKind, string>> = { mnt: 'mount' };

/** The first line of a script: the kernel reads no more of it (linux/binfmts.h, BINPRM_BUF_SIZE). */
const FIRST_LINE = 256;

/** What the kernel starts for a script, without links; nothing for a program. */
function interpreterOf(program: string): readonly string[] {
  const buffer = Buffer.alloc(FIRST_LINE);
  const file = openSync(program, 'r');
  try {
    readSync(file, buffer, 0, FIRST_LINE, 0);
  } finally {
    closeSync(file);
  }
  const [, path, argument] = /^#![ \t]*(\S+)[ \t]*([^\n]*?)[ \t]*\n/.exec(buffer.toString('latin1')) ?? [];
  if (path === undefined) return [];
  return [realpathSync(path), ...(argument ? [argument] : [])];
}
