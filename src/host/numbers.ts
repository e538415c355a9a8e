/** The numbers (PIDs, thread IDs) of frozen processes, kept from those who start before they are thawed. */
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placeFile } from './place-file.js';
import { shellQuoted } from './shell.js';

/** In a bundle directory (see image-format/bundle/layout.ts): the highest number that its processes need. */
const FROZEN = 'frozen';
/** The number that was given to a process last; the next one gets a higher one, if there are any left (proc_sys_kernel(5)). */
const LAST_GIVEN = '/proc/sys/kernel/ns_last_pid';
const MOST = '/proc/sys/kernel/pid_max';
/** No 64-bit kernel has higher ones (PID_MAX_LIMIT), and systemd sets pid_max to that a moment later. */
const MOST_OF_ALL = 4_194_304;
/** Where the last number at the last freeze is kept for early boot, when a store may not be mounted yet. */
const NOTE = '/etc/ckpt/last-number';
/** systemd runs what lies there before it starts anything (systemd.generator(7)). */
const GENERATOR = '/etc/systemd/system-generators/ckpt-keep-numbers';
/**
 * Numbers below this one are left to the threads of the kernel. The next kernel may have more of them than this one, and
 * they start before anything can keep numbers from them: a service with a higher number never meets one.
 */
const OF_THE_KERNEL = 2000;

/**
 * Keeps the numbers of all processes that are frozen in a store free: who starts from now on gets higher ones. A thaw
 * finds those of services taken that were started at boot meanwhile, and those of what it starts itself.
 */
export async function keepNumbersFree(store: string): Promise<void> {
  // With the /proc of another PID namespace the numbers written are those of this one, where nothing is frozen.
  if ((await readlink('/proc/self')) !== String(process.pid)) return;
  const names = await frozenIn(store);
  const marks = await Promise.all(
    names.map(name => readFile(join(store, name, FROZEN), 'utf8').catch(() => '')),
  );
  const highest = Math.max(0, ...marks.map(text => Number.parseInt(text, 10) || 0));
  // Where it may not be written (in a container) numbers are as they are, and the thaw says whose is taken.
  if ((await lastGiven()) < highest) await writeFile(LAST_GIVEN, String(highest)).catch(() => {});
}

/** The bundles of a store whose processes are nowhere else: thawed by nobody yet. */
export async function frozenIn(store: string): Promise<readonly string[]> {
  const names = (await readdir(store).catch(() => [])).filter(entry => !entry.startsWith('.'));
  return names.filter(name => existsSync(join(store, name, FROZEN))).sort();
}

/** What `keepNumbersFree` does in plain sh, as lines of a script. */
export function keepNumbersLines(store: string): string {
  return `highest=$(cat ${shellQuoted(store)}/*/${FROZEN} 2>/dev/null | sort -n | tail -n 1)
[ "\${highest:-0}" -gt "$(cat ${LAST_GIVEN})" ] && echo "$highest" >${LAST_GIVEN}
`;
}

/** Has systemd keep the numbers free that are given now, from the moment on when a next boot starts its first process. */
export async function installGenerator(): Promise<void> {
  await placeFile(GENERATOR, GENERATOR_TEXT, 0o755);
  await noteNumbers();
}

/** Whether the next boot keeps the numbers free from its beginning (see `installGenerator`). */
export function hasGenerator(): boolean {
  return existsSync(GENERATOR);
}

/** Undoes `installGenerator`; nothing where it was not installed. */
export async function uninstallGenerator(): Promise<void> {
  await rm(GENERATOR, { force: true });
  await rm(NOTE, { force: true });
}

/** Notes the numbers that are given now for the next boot. */
export async function noteNumbers(): Promise<void> {
  await placeFile(NOTE, `${await lastGiven()}\n`);
}

/** Infinite where it cannot be known. */
async function lastGiven(): Promise<number> {
  return Number(await readFile(LAST_GIVEN, 'utf8').catch(() => Number.POSITIVE_INFINITY));
}

/** A reload of systemd runs it again, and finds numbers that are as high already. */
const GENERATOR_TEXT = `#!/bin/sh
# Written by: ckpt guard. Numbers of processes start behind those that were given when something was frozen last.
first=$(cat ${NOTE} 2>/dev/null)
[ "\${first:-0}" -gt ${OF_THE_KERNEL} ] || first=${OF_THE_KERNEL}
[ "$first" -lt "$(cat ${MOST})" ] || echo ${MOST_OF_ALL} >${MOST}
[ "$first" -gt "$(cat ${LAST_GIVEN})" ] && echo "$first" >${LAST_GIVEN}
exit 0
`;
