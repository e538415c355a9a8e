/** Folders of logins, /run/user/UID: each a file system in memory, there as long as its user is logged in or lingers (pam_systemd(8)). */
import { readdirSync, readFileSync } from 'node:fs';
import { accountsIn } from '../machine.js';

/** A file for each user who lingers, called by name, with C escapes (systemd: src/login/logind-user.c, user_check_linger_file()). */
const LINGER = '/var/lib/systemd/linger';

/** The UID that a mount point is the folder of, if it is one. Pure. */
export function userOfLoginFolder(mountpoint: string): number | undefined {
  const uid = /^\/run\/user\/(\d+)$/.exec(mountpoint)?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/**
 * Units after which such folders are there in a boot, for users who linger; of others nothing is waited for. logind has asked
 * systemd for them when it says that it is ready (src/login/logind.c, manager_startup()). Pure.
 */
export function loginUnits(mountpoints: readonly string[]): readonly string[] {
  const users = mountpoints.flatMap(one => userOfLoginFolder(one) ?? []);
  return users.length === 0
    ? []
    : ['systemd-logind.service', ...users.map(uid => `user-runtime-dir@${uid}.service`)];
}

/** UIDs of those who linger, and have an account of this machine. */
export function lingeringUsers(folder = LINGER, accounts = '/etc/passwd'): ReadonlySet<number> {
  try {
    const names = new Set(readdirSync(folder));
    const users = names.size === 0 ? [] : [...accountsIn(readFileSync(accounts, 'utf8'))];
    return new Set(users.filter(([, name]) => names.has(name)).map(([uid]) => uid));
  } catch {
    return new Set();
  }
}
