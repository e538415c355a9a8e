import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, guardRules, guardTable, loadRules } from './nftables.js';

/**
 * The guards of a store: one file of nftables rules for each bundle with connections, so that the next kernel can be
 * kept silent about them from before its network comes up, by nothing more than `nft -f`.
 */
function guardDirectory(store: string): string {
  return join(store, '.guard');
}

function guardFile(store: string, bundleId: string): string {
  return join(guardDirectory(store), `${guardTable(bundleId)}.nft`);
}

/** Writes the guard of a bundle; none when it has no connections. */
export async function writeGuard(
  store: string,
  bundleId: string,
  connections: readonly Connection[],
): Promise<void> {
  if (connections.length === 0) return;
  await mkdir(guardDirectory(store), { recursive: true, mode: 0o700 });
  const rules = guardRules(guardTable(bundleId), connections);
  await writeFile(guardFile(store, bundleId), rules, { mode: 0o600, flush: true });
}

/** Forgets the guard of a bundle that was thawed or removed. */
export async function forgetGuard(store: string, bundleId: string): Promise<void> {
  await rm(guardFile(store, bundleId), { force: true });
}

/** Loads every guard of the store; gives their file names, and the problem that stopped it, if one did. */
export async function raiseGuards(
  store: string,
): Promise<{ readonly raised: string[]; readonly problem?: string }> {
  const names = (await readdir(guardDirectory(store)).catch(() => []))
    .filter(name => name.endsWith('.nft'))
    .sort();
  const raised: string[] = [];
  for (const name of names) {
    const { problem } = await loadRules(await readFile(join(guardDirectory(store), name), 'utf8'));
    if (problem !== undefined) return { raised, problem };
    raised.push(name);
  }
  return { raised };
}

/**
 * The same as `raiseGuards` in plain sh, for early boot, where starting `ckpt` itself would take longer.
 * @param store absolute path
 */
export function guardScript(store: string): string {
  return `#!/bin/sh\n# Written by: ckpt guard --install. Keeps the kernel silent about the TCP connections of frozen processes.\nfor rules in '${store}'/.guard/*.nft; do\n  [ -e "$rules" ] && nft -f "$rules"\ndone\nexit 0\n`;
}
