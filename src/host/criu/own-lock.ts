/** Keeping the connections of a dump silent in CRIU's place, where it cannot do so for as many. */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRules, type Ends, lockRules, lockTable, removeGuard } from '../nftables.js';
import { readMaps } from '../proc/maps.js';
import { shellQuoted } from '../shell.js';

/** What select(2), by which libnftables waits, can wait for: FD_SETSIZE of glibc. */
const SELECTABLE = 1024;
/** What a dump has open beside the tree's: images, its own sockets. Some ten were seen. */
const OWN_DESCRIPTORS = 124;
/** Descriptors of a process that a dump has open at once (criu/include/parasite.h, PARASITE_MAX_FDS). */
const AT_ONCE = 3 * 252;

/**
 * Whether CRIU would hold so many descriptors that its nftables library cannot wait for the kernel's answers any more: a dump
 * keeps a copy of each connection until its end (criu/sk-tcp.c, tcp_repair_establised()), beside the descriptors of the process that it
 * is at. The library of Debian 11 to 13 has CRIU abort then ("bit out of range 0 - FD_SETSIZE on fd_set"); that of 14 uses poll(2)
 * (see `waitsBySelect`). Pure.
 * @param connections of the whole tree
 * @param descriptors of the process that has the most
 */
export function crowdsCriu(connections: number, descriptors: number): boolean {
  return connections + Math.min(descriptors, AT_ONCE) + OWN_DESCRIPTORS > SELECTABLE;
}

/** What glibc checks a descriptor with that goes into an fd_set (FD_SET with _FORTIFY_SOURCE, as distributions build). */
const CHECK = '__fdelt_chk';

/** Whether the nftables library that this CRIU has loaded waits by select(2); true where that cannot be seen. */
export function waitsBySelect(criu: number): boolean {
  try {
    const library = readMaps(criu).find(({ path }) => /\/libnftables\.so/.test(path))?.path;
    return library === undefined || readFileSync(`/proc/${criu}/root${library}`).includes(CHECK);
  } catch {
    return true;
  }
}

/**
 * Makes a folder with an `iptables` and an `ip6tables` for a CRIU that is told to use these, which have nftables drop the packets of
 * a tree's connections. They are programs of their own, with no other descriptors (criu/util.c, cr_system_userns()), which CRIU
 * calls for each connection that it dumps, while the tree stands still: first for what arrives, then for what leaves. The first
 * call drops all that are known, at once: one call of nft for each of a thousand would take many seconds. Which are known is said
 * by files of their names; others are put in one by one. CRIU takes the rules of a tree that runs on away one by one, also when
 * `ckpt` was killed: at the first all go.
 * Gives the reason when there can be no such rules.
 */
export async function makeOwnLock(
  folder: string,
  root: number,
  connections: readonly Ends[],
): Promise<{ readonly problem?: string }> {
  await mkdir(folder, { mode: 0o700 });
  for (const { local, remote } of connections) await writeFile(join(folder, `${remote} . ${local}`), '');
  for (const name of ['sh', ...Object.keys(SETS)]) {
    const program = join(folder, name);
    await writeFile(program, standIn(lockTable(root)));
    await chmod(program, 0o700);
  }
  const rules = join(folder, RULES);
  await writeFile(rules, lockRules(lockTable(root), connections));
  return checkRules(rules);
}

const RULES = 'rules.nft';
/** The set that the connections go into about which a program is called. */
const SETS = { iptables: 'conns4', ip6tables: 'conns6' } as const;

/** Lets the packets of a tree in again that runs on, should its CRIU not have done it. Gives what went wrong. */
export function removeOwnLock(root: number): Promise<string | undefined> {
  return removeGuard(lockTable(root));
}

/**
 * CRIU says `[-w] -t filter -I INPUT --protocol tcp -m mark ! --mark M --source A --sport P --destination A --dport P -j DROP`
 * (criu/netfilter.c, IPTABLES_CONN_CMD), with -D for what goes, and `-L -n` to have modules loaded. A folder that is made tells the
 * first call from the others. It has a shell say that (cr_system() of "sh", which it looks for in its PATH): called as `sh`, this
 * takes the words by itself, or there would be two starts of a shell for each; everything else it leaves to the real one. Nothing
 * is started for a connection that is known.
 */
function standIn(table: string): string {
  return [
    '#!/bin/sh',
    `here=\${0%/*} program=\${0##*/}`,
    'if [ "$program" = sh ]; then',
    '  case "$1 $2" in',
    ...Object.keys(SETS).map(name => `    "-c ${name} "*) program=${name} ;;`),
    '    *) exec /bin/sh "$@" ;;',
    '  esac',
    '  set -f',
    '  set -- $2',
    '  shift',
    'fi',
    '[ "$1" = -w ] && shift',
    'case "$3 $4" in',
    `  -D*) mkdir "$here/gone" 2>/dev/null && exec nft delete table inet ${shellQuoted(table)}; exit 0 ;;`,
    '  "-I INPUT") ;;',
    '  *) exit 0 ;;',
    'esac',
    `if [ ! -d "$here/raised" ] && mkdir "$here/raised" 2>/dev/null; then nft -f "$here/${RULES}" || exit; fi`,
    'shift 12; far="$1 . $3"; near="$5 . $7"',
    '[ -e "$here/$far . $near" ] && exit 0',
    'case $program in',
    ...Object.entries(SETS).map(([name, set]) => `  ${name}) set=${set} ;;`),
    'esac',
    `exec nft add element inet ${shellQuoted(table)} "$set" "{ $far . $near, $near . $far }"`,
    '',
  ].join('\n');
}
