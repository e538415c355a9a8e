/** The parts of a machine that `ckpt doctor` looks at, in the order in which it shows them. */
export const areas = ['kernel', 'criu', 'privileges', 'modules', 'tools', 'store', 'switch'] as const;
export type Area = (typeof areas)[number];

/** One thing that was looked at. */
export interface Finding {
  /** Stable name for programs: `capability.CAP_SYS_RESOURCE`. */
  readonly id: string;
  readonly area: Area;
  /** `good`: works. `limited`: works, with an exception. `bad`: something does not work at all. */
  readonly grade: 'good' | 'limited' | 'bad';
  /** What is the case, in a few words. */
  readonly what: string;
  /** What therefore does not work, in plain words. */
  readonly consequence?: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** Debian packages that put it right. */
  readonly packages?: readonly string[];
  /** What is impossible because of it; a finding that prevents nothing is information. */
  readonly prevents?: 'freeze' | 'switch';
}
