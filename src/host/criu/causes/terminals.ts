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
]);
