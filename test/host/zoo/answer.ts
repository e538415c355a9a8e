import type { Verdict } from '../../../src/checkpoint/check/index.js';

/** What is right for a situation, by hand: its ties (see describe.ts), the verdict, and the rules behind it. */
export interface Answer {
  readonly verdict: Verdict;
  /** Left out where it depends on this machine. */
  readonly because?: readonly string[];
  readonly ties: readonly string[];
  /** `ckpt` where plain CRIU would bring it back wrong, and ckpt mends that. */
  readonly by?: 'ckpt';
}

/** The ties of a root with one child that it forked, and others. */
export function withFamily(child: string, others: readonly string[] = []): readonly string[] {
  const pair = [child, 'root'].sort().join(' ');
  return [`inside group ${pair}`, `inside parent ${pair}`, `inside session ${pair}`, ...others].sort();
}
