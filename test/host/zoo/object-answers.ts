import { type Answer, withFamily } from './answer.js';

/** Of `creatures/objects.py`. */
export const OBJECT_ANSWERS: Readonly<Record<string, Answer>> = {
  files_of_all_kinds: { verdict: 'can', because: [], ties: [] },
  pipes_of_all_kinds: { verdict: 'can', because: [], ties: [] },
  pipeline_middle: {
    verdict: 'can-with-losses',
    because: ['tie:pipe'],
    ties: ['crossing pipe root !outer', 'crossing pipe root !outer'],
  },
  locks_of_all_kinds: { verdict: 'can', because: [], ties: [] },
  watches_of_all_kinds: { verdict: 'can-with-losses', because: ['watch-of-file-system'], ties: [] },
  watch_of_kernel_files: { verdict: 'cannot', because: ['watch-of-kernel-files'], ties: [] },
  huge_memory_file: { verdict: 'cannot-know', because: ['huge-memory-file'], ties: [] },
  no_space_left: { verdict: 'cannot', because: ['no-space-for-criu'], ties: [] },
  path_only_fifo: { verdict: 'cannot', because: ['path-only-special'], ties: [] },
  path_only_terminal: { verdict: 'cannot', because: ['path-only-special'], ties: [] },
  // The child inherits four of the five.
  own_process_files: {
    verdict: 'can',
    because: [],
    ties: withFamily('peer', Array(4).fill('inside open-file peer root')),
  },
  shared_file_read_only: {
    verdict: 'can-with-losses',
    because: ['tie:shared-mapping'],
    ties: ['crossing shared-mapping root !outer'],
  },
  shared_read_by_both: { verdict: 'can', because: [], ties: [] },
  // Works while that process lives.
  signals_to_outside: { verdict: 'cannot-know', because: ['signal-owner'], ties: [] },
  memory_of_all_kinds: { verdict: 'can', because: [], ties: [] },
  memory_file_sealed_and_mapped: { verdict: 'cannot', because: ['sealed-memory-file'], ties: [] },
  shared_memory_odd_parts: {
    verdict: 'can',
    because: [],
    ties: withFamily('peer', [
      'inside memfd peer root',
      'inside posix-shared-memory peer root',
      'inside shared-memory peer root',
    ]),
  },
  // glibc makes it under another name, which it removes: the mapping reads "(deleted)", and the file is there.
  named_semaphore: {
    verdict: 'can-with-losses',
    because: ['tie:posix-shared-memory'],
    ties: ['crossing posix-shared-memory root !outer'],
  },
  sysv_memory_shared: {
    verdict: 'can-with-losses',
    because: ['sysv-moved', 'tie:sysv-shared-memory'],
    ties: ['crossing sysv-shared-memory root !outer'],
    by: 'ckpt',
  },
  sysv_memory_unattached: { verdict: 'can-with-losses', because: ['sysv-moved'], ties: [], by: 'ckpt' },
  program_in_memory: { verdict: 'cannot', because: ['program-in-memory'], ties: withFamily('program') },
  kernel_objects: { verdict: 'can', because: [], ties: [] },
  watch_of_closed: { verdict: 'cannot', because: ['watched-elsewhere'], ties: withFamily('peer') },
  alarm_timer: { verdict: 'cannot', because: ['alarm-timer'], ties: [] },
  handle_of_thread: { verdict: 'cannot', because: ['thread-handle'], ties: [] },
  program_for_kernel: { verdict: 'cannot', because: ['anonymous-file'], ties: [] },
  filter_of_kernel_program: { verdict: 'cannot', because: ['kernel-program-filter'], ties: [] },
  mount_being_made: { verdict: 'cannot', because: ['anonymous-file'], ties: [] },
  mount_of_nowhere: { verdict: 'cannot', because: ['mount-gone'], ties: [] },
};
