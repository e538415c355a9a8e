import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** Where the kernel tells what a label may do (security/apparmor/apparmorfs.c, aa_write_access() and query_label()). */
const ASK = '/sys/kernel/security/apparmor/.access';
/** AA_CLASS_FILE and AA_MAY_READ of security/apparmor/include. */
const FILES = 2;
const READ = 4;
/** Longer than any answer: four lines with a number each. */
const ANSWER = 256;

/**
 * Which of these paths (a folder with a slash behind it) the AppArmor profile keeps its processes from reading.
 * @param label as /proc/PID/attr/current has it: `/usr/sbin/chronyd (enforce)`; profiles that only complain forbid nothing
 * @returns none where AppArmor cannot be asked: not root, or securityfs is not mounted
 */
export function keptFromReading(label: string, paths: readonly string[]): readonly string[] {
  const profile = enforcedProfile(label);
  return profile === undefined ? [] : paths.filter(path => mayRead(ask(profile, path)) === false);
}

/** The name of a profile that forbids what it does not allow; undefined for other modes and other modules' labels. Pure. */
export function enforcedProfile(label: string): string | undefined {
  return /^(.+) \((?:enforce|kill)\)$/.exec(label)?.[1];
}

/** What the kernel's answer says: "allow 0x00000004\ndeny 0x00000000\n…". Undefined where it says nothing. Pure. */
export function mayRead(answer: string | undefined): boolean | undefined {
  const allow = /^allow (0x[0-9a-f]+)$/m.exec(answer ?? '')?.[1];
  const deny = /^deny (0x[0-9a-f]+)$/m.exec(answer ?? '')?.[1];
  if (allow === undefined) return undefined;
  return (Number(allow) & ~Number(deny ?? 0) & READ) !== 0;
}

function ask(profile: string, path: string): string | undefined {
  try {
    const file = openSync(ASK, 'r+');
    try {
      writeSync(file, `label\0${profile}\0${String.fromCharCode(FILES)}${path}`);
      const answer = Buffer.alloc(ANSWER);
      return answer.toString('latin1', 0, readSync(file, answer, 0, ANSWER, null));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
