import { rm } from 'node:fs/promises';
import { type CkptError, fail, messageOf } from '../../errors.js';
import { workOwner } from '../../host/work-owner.js';
import { makeWorkDirectory } from '../../image-format/bundle/store.js';
import { isFull } from './memory-need.js';

/**
 * What is wrong with a store in which a freeze has just failed, and is thus why: it is full, or nothing can be written any more.
 * A file system that has failed says many things, and seldom that. undefined when nothing is.
 */
export async function storeTrouble(store: string): Promise<CkptError | undefined> {
  try {
    if (await isFull(store)) return fail('store-filled', { store });
    const { path } = await makeWorkDirectory(store, workOwner());
    await rm(path, { recursive: true });
    return undefined;
  } catch (cause) {
    // What the system said is behind what we say of it.
    const problem = messageOf(cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause);
    return fail('store-failed', { store, problem }, { cause });
  }
}
