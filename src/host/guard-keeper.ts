/**
 * A guard that no `nft flush ruleset` reaches: a table that a process owns (nft(8), `flags owner`), and its owner, which does
 * nothing but live. Debian's nftables.service flushes when it starts, is reloaded, and stops: in the boot, and before the
 * machine leaves the old kernel, whose network is still up then.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { removeGuard } from './nftables.js';
import { run } from './run.js';

/** By table: a FIFO that its owner reads commands from, and the rules that it has read. */
const PLACE = '/run/ckpt-guard';
/** How long an owner may take to end, and another command that is at it before, ms. */
const LIMIT = 120_000;

/**
 * Functions for sh: `keep TABLE RULES` has a process own the same rules as `guardRules` made for a table, and returns when they
 * stand, or when nothing comes of it; `let_go TABLE` ends that. Before kernel 5.12 and nft 1.0 no table has an owner: that is asked
 * first, for the network of a boot waits.
 * The first letter of its name has systemd leave the owner alone to the end of a shutdown (src/shared/killall.c,
 * ignore_proc()). It opens its own FIFO for both ways, so that it never reads an end. One at a time: of two owners of one table
 * one has it, and nobody would reach that one by the FIFO of the other.
 */
export const KEEPER_LINES = `place=${PLACE}
stands() { nft list tables inet | grep -qxF "table inet $1"; }
can_own() { echo "table inet $1 { flags owner; }" | nft -c -f - 2>/dev/null; }
keep() {
  can_own "$1-kept" || return 0
  mkdir -p -m 700 $place || return
  (flock 9; keep_alone "$1" "$2") 9>"$place/lock"
}
keep_alone() {
  stands "$1-kept" && return
  ln -sfn "$(command -v nft)" $place/@nft && rm -f "$place/$1" && mkfifo -m 600 "$place/$1" || return
  sed '1,2d; s/^\\(table inet [^ ]*\\) {$/\\1-kept {\\n  flags owner;/' "$2" >"$place/$1.nft"
  exec 3<>"$place/$1"
  (trap '' HUP INT QUIT; cd /; export PATH="$place:$PATH" HOME=$place; exec @nft -i <&3 3>&- 9>&- >/dev/null 2>&1) &
  echo "include \\"$place/$1.nft\\"" >&3
  exec 3>&-
  tries=0
  until stands "$1-kept" || [ $tries -eq 600 ]; do tries=$((tries + 1)); sleep 0.05; done
  stands "$1-kept" || { echo quit 1<>"$place/$1"; rm -f "$place/$1" "$place/$1.nft"; }
}
let_go() {
  dismiss "$1"
  nft delete table inet "$1"
}
dismiss() {
  mkdir -p -m 700 $place || return
  (flock 9; dismiss_alone "$1") 9>"$place/lock"
}
dismiss_alone() {
  [ -p "$place/$1" ] || return 0
  echo quit 1<>"$place/$1"
  tries=0
  while stands "$1-kept"; do
    [ $tries -lt 600 ] || return
    tries=$((tries + 1))
    sleep 0.05
  done
  rm -f "$place/$1" "$place/$1.nft"
}
`;

/** Removes both guards of a bundle, by the name of the plain one's table; gives what went wrong. */
export async function removeGuards(table: string): Promise<string | undefined> {
  const [plain, kept] = [await removeGuard(table), await dismissKeeper(table)];
  return plain ?? kept;
}

/**
 * Ends the owner of a table's rules, and waits until they are gone; gives what went wrong. One that is not there is gone: who is
 * about to have one looks at the bundle's state afterwards (see `guardScript`).
 */
async function dismissKeeper(table: string): Promise<string | undefined> {
  if (!existsSync(join(PLACE, table))) return undefined;
  const words = ['-c', `${KEEPER_LINES}dismiss "$1"; ! stands "$1-kept"`, 'sh', table];
  const { status } = await run('sh', words, { limit: LIMIT, onLimit: 'report', detached: true });
  return status === 0 ? undefined : `the process @nft, which owns the table ${table}-kept, does not end`;
}
