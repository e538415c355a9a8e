import { fail } from '../../errors.js';
import { readStoreFacts, refuseNoexec, type StoreFacts } from '../../host/store-facts.js';

/**
 * What a freeze has to know of the place of its bundle before anything is written there. The store need not be there yet:
 * then it is the place where it would be made. Throws `store-not-directory`, `store-unusable` where nothing can be written, and
 * `store-noexec`.
 */
export async function storePlace(store: string): Promise<StoreFacts> {
  const facts = await readStoreFacts(store);
  if (facts.kind === 'other') throw fail('store-not-directory', { store: facts.path });
  if (!facts.writable)
    throw fail('store-unusable', { store: facts.path, problem: 'it cannot be written to' });
  refuseNoexec(facts);
  return facts;
}
