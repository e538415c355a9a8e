import { Exit, table } from './failure.js';

export const criuFailures = table({
  'criu-dump-failed': {
    exit: Exit.criu,
    what: 'CRIU could not freeze the tree of process {pid}, and it runs on as before',
    why: '{cause}',
    hint: 'nothing was lost; the whole log is in {log} (--verbose shows the lines around the cause)',
  },
  'criu-restore-failed': {
    exit: Exit.criu,
    what: 'CRIU could not thaw the tree of process {pid}',
    why: '{cause}',
    hint: 'the bundle is untouched and can be thawed again; the whole log is in {log} (--verbose shows the lines around the cause)',
  },
});
