import { rules } from './rule.js';

/** Files that a thaw does not find as they were. */
export const fileThawRules = rules([
  {
    code: 'criu-file-missing',
    during: 'restore',
    says: /Can't open file (?<path>.*) on restore: (?<reason>No such file or directory|Not a directory)/,
    source: 'criu/files-reg.c, do_open_reg_noseek_flags() and rfi_open()',
    proof: 'provoked',
  },
  {
    code: 'criu-file-resized',
    during: 'restore',
    says: /File (?<path>.*) has bad size (?<size>\d+) \(expect (?<expected>\d+)\)/,
    source: 'criu/files-reg.c, validate_with_size()',
    proof: 'provoked',
  },
  {
    code: 'criu-file-mode',
    during: 'restore',
    says: /File (?<path>.*) has bad mode \d+(?<mode>\d{4}) \(expect \d+(?<expected>\d{4})\)/,
    source: 'criu/files-reg.c, open_path()',
    proof: 'provoked',
  },
  {
    code: 'criu-file-kind',
    during: 'restore',
    says: /Can't open file (?<path>.*) on restore: (?<reason>Is a directory|No such device or address|Too many levels of symbolic links)/,
    source: 'criu/files-reg.c, do_open_reg_noseek_flags()',
    proof: 'provoked',
  },
  {
    code: 'criu-file-busy',
    during: 'restore',
    says: /Can't open file (?<path>.*) on restore: Text file busy/,
    source: 'criu/files-reg.c, do_open_reg_noseek_flags()',
    proof: 'provoked',
  },
  {
    code: 'criu-file-read-only',
    during: 'restore',
    says: /Can't open file (?<path>.*) on restore: Read-only file system/,
    source: 'criu/files-reg.c, do_open_reg_noseek_flags()',
    proof: 'provoked',
  },
  {
    code: 'criu-file-protected',
    during: 'restore',
    says: /Can't open file (?<path>.*) on restore: Operation not permitted/,
    source: 'criu/files-reg.c, do_open_reg_noseek_flags()',
    proof: 'provoked',
  },
  {
    code: 'criu-device-missing',
    during: 'restore',
    says: /Can't open file (?<path>.*) on restore: No such device$/,
    source: 'criu/files-reg.c, do_open_reg_noseek_flags()',
    proof: 'provoked',
  },
  {
    code: 'criu-fifo-missing',
    during: 'restore',
    says: /fifo 0x\w+ \[(?<path>.*)\]: No such file or directory/,
    source: 'criu/fifo.c, open_fifo_fd()',
    proof: 'provoked',
  },
  {
    code: 'criu-fifo-replaced',
    during: 'restore',
    says: /Can't restore pipe size: Bad file descriptor/,
    source: 'criu/pipes.c, restore_pipe_data(), for a fifo',
    proof: 'provoked',
  },
  {
    code: 'criu-second-name-missing',
    during: 'restore',
    says: /Can't link (?<from>.*\/link_remap\.\d+) -> (?<path>.*): No such file or directory/,
    source: 'criu/files-reg.c, open_path()',
    proof: 'provoked',
  },
  {
    code: 'criu-watch-missing',
    during: 'restore',
    says: /fsnotify: Unable to open (?<path>.*): No such file or directory/,
    source: 'criu/fsnotify.c, get_mark_path()',
    proof: 'provoked',
  },
  {
    code: 'criu-disk-full',
    during: 'restore',
    says: /: No space left on device$/,
    // That is what a limit of namespaces is called, too.
    unless: /namespace: /,
    source: 'criu/files-reg.c, create_ghost_dentry() and others',
    proof: 'provoked',
  },
]);
