/** Keeping the connections of a dump silent in CRIU's place, where it cannot do so for as many. */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ends, loadRules, lockRules, lockTable, removeGuard } from '../nftables.js';
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
 * Has nftables drop the packets of a tree's connections, and makes a folder with an `iptables` and an `ip6tables` for a CRIU that
 * is told to use these. They are programs of their own, with no other descriptors (criu/util.c, cr_system_userns()), which CRIU
 * calls for each connection that it dumps: first for what arrives, then for what leaves. One that is dropped already, which is
 * said by a file of its name, is not put into the table again: for a thousand, one call of nft each would take many seconds, for which
 * the tree stands still. What takes a rule away does nothing: `removeOwnLock` takes all away at once.
 * Gives the reason when the table cannot be made.
 */
export async function makeOwnLock(
  folder: string,
  root: number,
  connections: readonly Ends[],
): Promise<{ readonly problem?: string }> {
  await mkdir(folder, { mode: 0o700 });
  for (const { local, remote } of connections) await writeFile(join(folder, `${remote} . ${local}`), '');
  for (const [name, set] of [
    ['iptables', 'conns4'],
    ['ip6tables', 'conns6'],
  ] as const) {
    const program = join(folder, name);
    await writeFile(program, standIn(lockTable(root), set));
    await chmod(program, 0o700);
  }
  return loadRules(lockRules(lockTable(root), connections));
}

/** Lets the packets of a tree in again that runs on. Gives what went wrong. */
export function removeOwnLock(root: number): Promise<string | undefined> {
  return removeGuard(lockTable(root));
}

/** Source of the words: criu/netfilter.c, IPTABLES_CONN_CMD. CRIU says `[-w] -t filter -I INPUT --protocol tcp -m mark ! --mark M --source A --sport P --destination A --dport P -j DROP`. */
function standIn(table: string, set: string): string {
  return [
    '#!/bin/sh',
    '[ "$1" = -w ] && shift',
    '[ "$3 $4" = "-I INPUT" ] || exit 0',
    'shift 12; far="$1 . $3"; near="$5 . $7"',
    `[ -e "\${0%/*}/$far . $near" ] && exit 0`,
    `exec nft add element inet ${shellQuoted(table)} ${set} "{ $far . $near, $near . $far }"`,
    '',
  ].join('\n');
}
