import { rules } from './rule.js';

/** Open files, folders, and the kernel objects that are no files. */
export const fileRules = rules([
  {
    code: 'criu-mount-gone',
    during: 'dump',
    says: /Can't lookup mount=(?<mount>\d+) for fd=(?<fd>-?\d+) path=(?<path>.*)$/,
    source: 'criu/files-reg.c, dump_one_reg_file()',
    proof: 'provoked',
  },
  {
    code: 'criu-deleted-too-big',
    during: 'dump',
    says: /Can't dump ghost file (?<path>.*) of (?<size>\d+) size, increase limit/,
    source: 'criu/files-reg.c, dump_ghost_file()',
    proof: 'provoked',
  },
  {
    code: 'criu-userfaultfd',
    during: 'dump',
    says: /Can't dump file (?<fd>\d+) of that type \[\d+\] \(anon anon_inode:\[userfaultfd\]/,
    source: 'criu/files-ext.c, dump_unsupp_fd()',
    proof: 'provoked',
  },
  {
    code: 'criu-perf-event',
    during: 'dump',
    says: /Can't dump file (?<fd>\d+) of that type \[\d+\] \(anon anon_inode:\[perf_event\]/,
    source: 'criu/files-ext.c, dump_unsupp_fd()',
    proof: 'provoked',
  },
  {
    code: 'criu-bpf',
    during: 'dump',
    says: /Can't dump file (?<fd>\d+) of that type \[\d+\] \(anon anon_inode:(?<object>bpf[-_a-z]*)/,
    source: 'criu/files-ext.c, dump_unsupp_fd()',
    proof: 'provoked',
  },
  {
    code: 'criu-kernel-object',
    during: 'dump',
    says: /Can't dump file (?<fd>\d+) of that type \[\d+\] \(anon anon_inode:\[(?<object>[^\]]+)/,
    unless: /userfaultfd|perf_event|io_uring/,
    source: 'criu/files-ext.c, dump_unsupp_fd()',
    proof: 'provoked',
  },
  {
    code: 'criu-device',
    during: 'dump',
    says: /Can't dump file (?<fd>\d+) of that type \[\d+\] \(chr (?<device>\d+:\d+)/,
    source: 'criu/files-ext.c, dump_unsupp_fd()',
    proof: 'provoked',
  },
  {
    code: 'criu-block-device',
    during: 'dump',
    says: /Can't dump file (?<fd>\d+) of that type \[6\d+\] \(unknown (?<path>\S+)\)/,
    source: 'criu/files-ext.c, dump_unsupp_fd()',
    proof: 'provoked',
  },
  {
    code: 'criu-io-uring',
    during: 'dump',
    says: /send_fds failed \(-22\)/,
    source: 'criu/pie/parasite.c, drain_fds(); the kernel refuses to pass an io_uring (net/unix, EINVAL)',
    proof: 'provoked',
  },
  {
    code: 'criu-packet-pipe',
    during: 'dump',
    says: /The packetized mode for pipes is not supported/,
    source: 'criu/pipes.c, dump_one_pipe_data()',
    proof: 'provoked',
  },
  {
    code: 'criu-process-handle',
    during: 'dump',
    says: /pidfd pid (?<other>\d+) is not a part of process tree/,
    source: 'criu/pidfd.c, dump_one_pidfd()',
    criu: { least: '4.1' },
    proof: 'provoked',
  },
]);
