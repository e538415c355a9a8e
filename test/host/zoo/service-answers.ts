import { type Answer, withFamily } from './answer.js';

const WAITED_FOR: Answer = {
  verdict: 'can-with-losses',
  because: ['tie:file-lock'],
  ties: ['crossing file-lock root !waiter'],
};

/** Of `creatures/services.py`. */
export const SERVICE_ANSWERS: Readonly<Record<string, Answer>> = {
  // Its session is led by nobody: CRIU wants to be told (--shell-job).
  daemon_of_two_forks: { verdict: 'can', because: [], ties: [], by: 'ckpt' },
  daemon_of_one_fork: { verdict: 'can', because: [], ties: [] },
  // A terminal that was hung up is nobody's: CRIU brings it back hung up.
  terminal_gone: { verdict: 'can', because: [], ties: [] },
  controlling_terminal_gone: { verdict: 'can', because: [], ties: [] },
  // What the guest has is of another devpts.
  terminal_of_container: {
    verdict: 'can',
    because: [],
    ties: ['inside parent root shell', 'inside terminal root shell'],
  },
  stopped_tree: { verdict: 'can', because: [], ties: withFamily('peer') },
  // python3 is the zombie. `late` is alone in its group with it.
  group_leaders_gone: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group late python3',
      'inside group one two',
      'inside parent late root',
      'inside parent one root',
      'inside parent python3 root',
      'inside parent root two',
      'inside session late one python3 root two',
    ],
  },
  strange_name: { verdict: 'can', because: [], ties: withFamily('peer') },
  well_set_up: { verdict: 'can', because: [], ties: [] },
  realtime: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group batch idle root',
      'inside parent batch root',
      'inside parent idle root',
      'inside session batch idle root',
    ],
  },
  // Noted: nothing in the tree depends on it.
  settings_forgotten: { verdict: 'can', because: [], ties: [] },
  threads_that_differ: { verdict: 'can', because: [], ties: [] },
  threads_apart: { verdict: 'can-with-losses', because: ['thread-apart'], ties: [] },
  deadline_of_thread: { verdict: 'cannot', because: ['deadline-scheduling'], ties: [] },
  // The lock is the open file's, whoever took it.
  lock_of_dead_locker: WAITED_FOR,
  lock_of_description: WAITED_FOR,
  lock_waited_for_inside: { ...WAITED_FOR, ties: ['crossing file-lock root !outer'] },
  lock_waited_for_within: {
    verdict: 'can',
    because: [],
    ties: withFamily('peer', ['inside file-lock peer root']),
  },
  subreaper_of_orphans: { verdict: 'can', because: [], ties: withFamily('orphan') },
  other_folders: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group jailed plain root',
      'inside parent jailed root',
      'inside parent plain root',
      'inside session jailed plain root',
    ],
  },
  jail_gone: { verdict: 'cannot', because: ['root-folder-gone'], ties: [] },
  kept_by_few: { verdict: 'can', because: [], ties: withFamily('peer') },
  // The orphan's session was led by the zombie.
  forked_by_thread: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group orphan python3',
      'inside group peer root',
      'inside parent orphan root',
      'inside parent peer root',
      'inside parent python3 root',
      'inside session orphan python3',
      'inside session peer root',
    ],
  },
  own_clock: { verdict: 'can', because: [], ties: [] },
  two_in_one_network: {
    verdict: 'can-with-losses',
    because: ['tie:namespace'],
    ties: ['crossing namespace root !guest'],
  },
};
