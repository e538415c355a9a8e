import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRules } from './nftables.js';
import { keepNumbersLines } from './numbers.js';
import { shellQuoted } from './shell.js';

/** Names of what a guard looks at in a bundle directory (see image-format/bundle/layout.ts). */
const RULES = 'guard.nft';
const STATE = 'state.json';

/**
 * Loads the guard of every bundle that was not thawed yet; gives the bundles' names, and the problem that stopped it,
 * if one did.
 */
export async function raiseGuards(
  store: string,
): Promise<{ readonly raised: string[]; readonly problem?: string }> {
  const raised: string[] = [];
  for (const name of (await readdir(store).catch(() => [])).filter(entry => !entry.startsWith('.')).sort()) {
    // The rules come last: those of a bundle that is removed meanwhile are not there any more, whatever its state was.
    const state = await readFile(join(store, name, STATE), 'utf8').catch(() => '');
    if (state.includes('"thawed"')) continue;
    const rules = await readFile(join(store, name, RULES), 'utf8').catch(() => undefined);
    if (rules === undefined) continue;
    const { problem } = await loadRules(rules);
    if (problem !== undefined) return { raised, problem };
    raised.push(name);
  }
  return { raised };
}

/**
 * The same as `raiseGuards` and `keepNumbersFree` in plain sh, for early boot, where starting `ckpt` itself would take longer.
 * @param store absolute path
 */
export function guardScript(store: string): string {
  return `#!/bin/sh
# Written by: ckpt guard. Keeps the PIDs of frozen processes free, and the kernel silent about their TCP connections.
${keepNumbersLines(store)}for rules in ${shellQuoted(store)}/*/${RULES}; do
  [ -e "$rules" ] || continue
  grep -q '"thawed"' "\${rules%/*}/${STATE}" && continue
  nft -f "$rules"
done
exit 0
`;
}
