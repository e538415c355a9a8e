/** What frozen trees of a test have left in the kernel, when the test is over and nobody will thaw them. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { removeGuards } from '../../src/host/guard-keeper.js';
import { guardTable, lockTable, lockTables, removeGuard } from '../../src/host/nftables.js';

/** Where CRIU's own images, and bundles, say by which name it keeps connections silent. */
const SAYS = new Set(['inventory.img', 'document.json', 'manifest.json']);
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Removes the rules of the bundles and images in these folders, and of dumps that are named by one of these roots: only what has
 * one of their names, for others work here, too.
 */
export async function endRules(folders: readonly string[], roots: readonly number[]): Promise<void> {
  if (folders.length === 0) return;
  const { stdout } = await execa('nft', ['list', 'tables'], { reject: false });
  const tables: readonly string[] = String(stdout).match(/(?:CRIU|ckpt)-[0-9a-f-]+/g) ?? [];
  if (tables.length === 0) return;
  for (const lock of roots.map(lockTable)) if (tables.includes(lock)) await removeGuard(lock);
  for (const id of new Set(folders.flatMap(idsIn))) {
    for (const lock of lockTables(id, 0)) if (tables.includes(lock)) await removeGuard(lock);
    if (tables.includes(guardTable(id))) await removeGuards(guardTable(id));
  }
}

function idsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => SAYS.has(basename(path)))
      .flatMap(path => readFileSync(join(folder, path), 'latin1').match(UUID) ?? []);
  } catch {
    // It went away meanwhile.
    return [];
  }
}
