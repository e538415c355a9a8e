/** The exit statuses of `ckpt`. They are part of its interface: scripts branch on them. */
export const Exit = {
  done: 0,
  bug: 1,
  usage: 2,
  refused: 3,
  incompatible: 4,
  corrupt: 5,
  criu: 6,
  missing: 7,
} as const;

/** One way to fail: what a user reads first, the reason behind it, and the next thing to do. */
export interface Failure {
  readonly exit: (typeof Exit)[keyof typeof Exit];
  readonly what: string;
  readonly why: string;
  readonly hint: string;
}

/** Checks a table of failures while keeping its keys as literal types. */
export function table<const T extends Record<string, Failure>>(rows: T): T {
  return rows;
}
