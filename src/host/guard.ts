import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRules } from './nftables.js';

/** Names of what a guard looks at in a bundle directory (see image-format/bundle/layout.ts). */
const RULES = 'guard.nft';
const STATE = 'state.json';
const FROZEN = 'frozen';
/** The number that was given to a process last; the next one gets a higher one, if there are any left (proc_sys_kernel(5)). */
const LAST_NUMBER = '/proc/sys/kernel/ns_last_pid';

/**
 * Loads the guard of every bundle that was not thawed yet; gives the bundles' names, and the problem that stopped it,
 * if one did.
 */
export async function raiseGuards(
  store: string,
): Promise<{ readonly raised: string[]; readonly problem?: string }> {
  const raised: string[] = [];
  for (const name of (await readdir(store).catch(() => [])).filter(entry => !entry.startsWith('.')).sort()) {
    const rules = await readFile(join(store, name, RULES), 'utf8').catch(() => undefined);
    const state = await readFile(join(store, name, STATE), 'utf8').catch(() => '');
    if (rules === undefined || state.includes('"thawed"')) continue;
    const { problem } = await loadRules(rules);
    if (problem !== undefined) return { raised, problem };
    raised.push(name);
  }
  return { raised };
}

/**
 * Keeps the numbers of all processes that are frozen in a store free: who starts from now on gets higher ones. A thaw
 * finds those of services taken that were started at boot meanwhile, and those of what it starts itself.
 */
export async function keepNumbersFree(store: string): Promise<void> {
  const names = (await readdir(store).catch(() => [])).filter(entry => !entry.startsWith('.'));
  const marks = await Promise.all(
    names.map(name => readFile(join(store, name, FROZEN), 'utf8').catch(() => '')),
  );
  const highest = Math.max(0, ...marks.map(text => Number.parseInt(text, 10) || 0));
  // Where it may not be written (in a container) numbers are as they are, and the thaw says whose is taken.
  const last = Number(await readFile(LAST_NUMBER, 'utf8').catch(() => Number.POSITIVE_INFINITY));
  if (last < highest) await writeFile(LAST_NUMBER, String(highest)).catch(() => {});
}

/**
 * The same as `raiseGuards` and `keepNumbersFree` in plain sh, for early boot, where starting `ckpt` itself would take longer.
 * @param store absolute path
 */
export function guardScript(store: string): string {
  return `#!/bin/sh
# Written by: ckpt guard. Keeps the PIDs of frozen processes free, and the kernel silent about their TCP connections.
highest=$(cat '${store}'/*/${FROZEN} 2>/dev/null | sort -n | tail -n 1)
[ "\${highest:-0}" -gt "$(cat ${LAST_NUMBER})" ] && echo "$highest" >${LAST_NUMBER}
for rules in '${store}'/*/${RULES}; do
  [ -e "$rules" ] || continue
  grep -q '"thawed"' "\${rules%/*}/${STATE}" && continue
  nft -f "$rules"
done
exit 0
`;
}
