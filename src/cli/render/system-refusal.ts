import { type CkptError, fail } from '../../errors.js';

/** What the kernel says no to in spite of a right call, by errno: the reason and what to do. */
const refusals: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  ENOSPC: ['no space is left on the device', 'free some space, or choose another place with --store DIR'],
  EDQUOT: ['the disk quota is used up', 'free some space, or choose another place with --store DIR'],
  EROFS: [
    'its file system is mounted read-only',
    'mount it read-write, or choose another place with --store DIR',
  ],
  EACCES: [
    'permission denied',
    'run ckpt as root, and look at the owner and mode of the file and its folders',
  ],
  EPERM: [
    'operation not permitted',
    'run ckpt as root with all capabilities: `ckpt doctor` shows what is missing',
  ],
  EMFILE: ['too many open files in this process', 'raise the limit: ulimit -n 65536'],
  ENFILE: ['too many open files in the system', 'raise the limit: sysctl fs.file-max'],
  ENOMEM: ['no memory is left', 'free some memory and try again'],
  EIO: ['the device failed to read or write', 'look at the kernel log (dmesg) and check the disk'],
  ESTALE: [
    'the server of its file system knows it no longer',
    'unmount that file system and mount it again (findmnt shows it)',
  ],
  ENOTDIR: ['a part of the path is no folder', 'give the path of a folder'],
  EISDIR: ['it is a folder', 'give the path of a file'],
  ELOOP: ['too many symbolic links', 'give the path without them'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter one'],
};

const verbs: Readonly<Record<string, string>> = {
  open: 'opening',
  mkdir: 'making',
  write: 'writing',
  read: 'reading',
  scandir: 'listing',
  rename: 'renaming',
  unlink: 'removing',
  rmdir: 'removing',
  stat: 'looking at',
  lstat: 'looking at',
  access: 'looking at',
  spawn: 'starting',
};

/** Pure: an error of a system call as a failure that a user can act on; undefined where it must be a bug of ours. */
export function systemRefusal(thrown: unknown): CkptError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined;
  const call = 'syscall' in thrown ? String(thrown.syscall) : '';
  // What Node calls the question for the current folder (lib/internal/bootstrap/switches/does_own_process_state.js).
  if (call === 'uv_cwd') return fail('current-folder-gone', {}, { cause: thrown });
  const refusal = refusals[thrown.code];
  if (refusal === undefined) return undefined;
  const path = 'path' in thrown ? String(thrown.path) : '';
  const verb = verbs[call.split(' ', 1)[0] ?? ''] ?? call;
  const what = [verb, path].filter(part => part !== '').join(' ') || 'a system call';
  return fail('system-refused', { what, reason: refusal[0], advice: refusal[1] }, { cause: thrown });
}
