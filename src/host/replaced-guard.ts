import { readFile } from 'node:fs/promises';
import { fail } from '../errors.js';
import { GUARD_SCRIPT } from './guard-unit.js';
import { frozenIn } from './numbers.js';

/**
 * The other store whose guard one of this store takes the place of: a machine has one. undefined where there is none. Throws
 * `guard-of-another` as long as bundles wait there, whose connections the next boot would reset.
 * @param store absolute path
 */
export async function replacedStore(store: string, script = GUARD_SCRIPT): Promise<string | undefined> {
  const other = storeOf(await readFile(script, 'utf8').catch(() => ''));
  if (other === undefined || other === store) return undefined;
  const waiting = await frozenIn(other);
  if (waiting.length > 0) throw fail('guard-of-another', { store, other, names: waiting.join(', ') });
  return other;
}

/** The store that a guard's script looks into (see `guardScript`). Pure. */
function storeOf(script: string): string | undefined {
  return /^for rules in '(.*)'\/\*\/guard\.nft; do$/m.exec(script)?.[1];
}
