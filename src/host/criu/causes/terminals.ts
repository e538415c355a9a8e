import { rules } from './rule.js';

/** Terminals and pseudo-terminals. */
export const terminalRules = rules([
  {
    code: 'criu-terminal-outside',
    during: 'dump',
    says: /Found slave peer index (?<index>\d+) without correspond master peer/,
    source: 'criu/tty.c, tty_verify_active_pairs()',
    proof: 'provoked',
  },
  {
    code: 'criu-own-terminal',
    during: 'dump',
    says: /ctty inheritance detected sid\/pgrp (?<session>\d+)/,
    source: 'criu/tty.c, dump_verify_tty_sids()',
    proof: 'provoked',
  },
  {
    code: 'criu-terminal-in-flight',
    during: 'dump',
    says: /No CTL for TTY dump, likely SCM case/,
    source: 'criu/tty.c, dump_tty_info()',
    proof: 'provoked',
  },
  {
    code: 'criu-terminal-taken',
    during: 'restore',
    says: /Unable to open (?<path>.*) with specified index (?<index>\d+)/,
    source: 'criu/tty.c, pty_open_ptmx_index()',
    proof: 'provoked',
  },
  {
    code: 'criu-no-terminal',
    during: 'restore',
    says: /Don't have tty to inherit session from, aborting/,
    source: 'criu/tty.c, receive_tty() and pty_open_unpaired_slave()',
    proof: 'provoked',
  },
  {
    code: 'criu-no-terminal',
    during: 'restore',
    says: /Found slave peer index \d+ without correspond master peer/,
    source: 'criu/tty.c, tty_verify_active_pairs()',
    proof: 'log',
  },
]);
