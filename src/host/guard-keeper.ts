/**
 * A guard that no `nft flush ruleset` reaches: a table that a process owns (nft(8), `flags owner`), and its owner, which does
 * nothing but live. Debian's nftables.service flushes when it starts, is reloaded, and stops: in the boot, and before the
 * machine leaves the old kernel, whose network is still up then.
 */
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.js';

/** By table: a FIFO that its owner reads commands from, and the rules that it has read. */
const PLACE = '/run/ckpt-guard';
/** How long an owner may take to end, ms. */
const LIMIT = 10_000;
const PAUSE = 10;

function keptTable(table: string): string {
  return `${table}-kept`;
}

/**
 * Functions for sh: `keep TABLE RULES` has a process own the same rules as `guardRules` made for a table, and returns when they
 * stand, or when nothing comes of it (before kernel 5.12 and nft 1.0 no table has an owner); `let_go TABLE` ends that.
 * The first letter of its name has systemd leave the owner alone to the end of a shutdown (src/shared/killall.c,
 * ignore_proc()). It opens its own FIFO for both ways, so that it never reads an end.
 */
export const KEEPER_LINES = `place=${PLACE}
stands() { nft list tables inet | grep -qxF "table inet $1"; }
keep() {
  stands "$1-kept" && return
  mkdir -p -m 700 $place && ln -sfn "$(command -v nft)" $place/@nft && rm -f "$place/$1" && mkfifo -m 600 "$place/$1" || return
  sed '1,2d; s/^\\(table inet [^ ]*\\) {$/\\1-kept {\\n  flags owner;/' "$2" >"$place/$1.nft"
  exec 3<>"$place/$1"
  (trap '' HUP INT QUIT; cd /; export PATH="$place:$PATH" HOME=$place; exec @nft -i <&3 3>&- >/dev/null 2>&1) &
  echo "include \\"$place/$1.nft\\"" >&3
  exec 3>&-
  tries=0
  until stands "$1-kept" || [ $tries -eq 100 ]; do tries=$((tries + 1)); sleep 0.05; done
  stands "$1-kept" || { echo quit 1<>"$place/$1"; rm -f "$place/$1" "$place/$1.nft"; }
}
let_go() {
  [ ! -p "$place/$1" ] || echo quit 1<>"$place/$1"
  nft delete table inet "$1"
}
`;

/** Ends the owner of a table's rules, and waits until they are gone; gives what went wrong. One that is not there is gone. */
export async function dismissKeeper(table: string, place = PLACE): Promise<string | undefined> {
  const path = join(place, table);
  // For both ways: where nobody reads any more, opening does not wait.
  const fifo = await open(path, constants.O_RDWR | constants.O_NONBLOCK).catch(() => undefined);
  if (fifo === undefined) return undefined;
  try {
    await fifo.write('quit\n');
  } finally {
    await fifo.close();
  }
  const deadline = Date.now() + LIMIT;
  while (await stands(keptTable(table))) {
    if (Date.now() > deadline)
      return `the process @nft, which owns the table ${keptTable(table)}, does not end`;
    await sleep(PAUSE);
  }
  for (const file of [path, `${path}.nft`]) await rm(file, { force: true }).catch(() => {});
  return undefined;
}

async function stands(table: string): Promise<boolean> {
  const { stdout } = await run('nft', ['list', 'tables', 'inet'], { onLimit: 'report', detached: true });
  return stdout.split('\n').includes(`table inet ${table}`);
}
