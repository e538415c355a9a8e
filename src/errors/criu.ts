import { Exit, table } from './failure.js';

export const criuFailures = table({
  'criu-dump-failed': {
    exit: Exit.criu,
    what: 'CRIU could not freeze the tree of process {pid}, and it runs on as before',
    why: '{cause}',
    hint: 'nothing was lost; the whole log is in {log} (--verbose shows the lines around the cause)',
  },
  'criu-hung': {
    exit: Exit.criu,
    what: 'CRIU hangs at the tree of process {pid}, so it was ended and all was undone',
    why: 'it used no processor time, and read and wrote nothing, for {seconds} s',
    hint: 'nothing was lost; see with ckpt doctor whether this CRIU works here, and wait longer with --patience if the disk is that slow',
  },
  'criu-silent': {
    exit: Exit.criu,
    what: 'CRIU ended without freezing the tree of process {pid}, and said nothing',
    why: 'it ended {how} before its images were complete, and wrote no reason into its log',
    hint: 'nothing was lost; see with ckpt doctor whether {criu} works here, or name another with --criu PATH',
  },
  'criu-sigkill': {
    exit: Exit.criu,
    what: 'CRIU was killed while it froze the tree of process {pid}',
    why: 'somebody sent it SIGKILL; without being asked the kernel does that when memory runs out',
    hint: 'nothing was lost; look with: dmesg | grep -i "out of memory"; and type the command again when there is more memory',
  },
  'criu-sigkill-thaw': {
    exit: Exit.criu,
    what: 'CRIU was killed while it rebuilt the tree of process {pid}',
    why: 'somebody sent it SIGKILL; without being asked the kernel does that when memory runs out',
    hint: 'the bundle is untouched and can be thawed again; look with: dmesg | grep -i "out of memory"; more memory may be needed',
  },
  'criu-silent-thaw': {
    exit: Exit.criu,
    what: 'CRIU ended without thawing the tree of process {pid}, and said nothing',
    why: 'it ended {how} before the processes were rebuilt, and wrote no reason into its log',
    hint: 'the bundle is untouched and can be thawed again; see with ckpt doctor whether {criu} works here',
  },
  'criu-restore-failed': {
    exit: Exit.criu,
    what: 'CRIU could not thaw the tree of process {pid}',
    why: '{cause}',
    hint: 'the bundle is untouched and can be thawed again; the whole log is in {log} (--verbose shows the lines around the cause)',
  },
});
