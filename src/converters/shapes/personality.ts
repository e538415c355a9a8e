import type { Rep } from './shape.js';

/** Eight hexadecimal digits are what /proc/PID/personality says. */
const MOST_DIGITS = 8;

/**
 * What personality(2) says. CRIU reads the hexadecimal digits of /proc/PID/personality as a decimal number, up to the
 * first letter (criu/cr-dump.c, get_task_personality(): atoi, in every release): 0x40000 is 40000 in its images. The
 * rest is not in them, and no CRIU restores it.
 */
export const personality: Rep<number> = {
  lift: value => {
    const digits = String(value);
    return digits.length > MOST_DIGITS ? 0 : Number.parseInt(digits, 16);
  },
  lower: value => Number.parseInt(/^\d*/.exec(value.toString(16))?.[0] || '0', 10),
};
