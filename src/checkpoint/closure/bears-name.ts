/** How a process is called, in the three places that say so. */
export interface Names {
  /** Its command name, as the kernel keeps it. */
  readonly name: string;
  readonly commandLine: readonly string[];
  /** The path of its program; asked for only where the rest does not decide. */
  readonly program: () => string | undefined;
}

/** The kernel cuts command names to so many bytes (TASK_COMM_LEN without the final zero, include/linux/sched.h). */
const MOST_OF_A_NAME = 15;

/** The words of a command line among which a script stands: interpreter, its one argument, script (fs/binfmt_script.c). */
const SCRIPT_WITHIN = 3;

/**
 * Whether a process goes by a name: by its command name (`tmux` also finds `tmux: server`), or by the last part of what it
 * was started as. Of a long name the kernel keeps the beginning only, which another program may share, so its program or
 * script must have the whole of it. Pure.
 */
export function bearsName({ name, commandLine, program }: Names, wanted: string): boolean {
  if (wanted.trim() === '') return false;
  if (baseName(commandLine[0]?.split(' ')[0] ?? '').replace(/:$/, '') === wanted) return true;
  const bytes = Buffer.from(wanted);
  if (bytes.length <= MOST_OF_A_NAME) return name === wanted || name.startsWith(`${wanted}: `);
  if (name !== bytes.toString('utf8', 0, MOST_OF_A_NAME)) return false;
  if (commandLine.slice(0, SCRIPT_WITHIN).some(word => baseName(word) === wanted)) return true;
  // A package that was upgraded has replaced the program under the process.
  return baseName((program() ?? '').replace(/ \(deleted\)$/, '')) === wanted;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
