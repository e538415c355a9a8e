import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkDirectory } from './store.js';

const CLAIM = '.thaw-';
/** How often a claim is tried for that somebody left behind: each time another may be faster. */
const ATTEMPTS = 3;

/** Who has claimed a bundle: the owner of a work directory, and its id. */
type Claimant = Pick<WorkDirectory, 'owner' | 'id'>;

/**
 * Takes a bundle for one thaw, in one step, so that of two at once one sees the other. A claim of somebody who has ended is
 * taken over.
 * @param goesOn whether a claimant still works on it
 * @returns who has it, undefined when it is taken
 */
export async function claimBundle(
  store: string,
  bundleId: string,
  { path, owner, id }: WorkDirectory,
  goesOn: (claimant: Claimant) => boolean,
): Promise<Claimant | undefined> {
  const [claim, mine] = [join(store, `${CLAIM}${bundleId}`), join(path, 'claim')];
  await writeFile(mine, JSON.stringify({ owner, id }), { mode: 0o600 });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await link(mine, claim);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === ATTEMPTS) throw error;
    }
    const claimant = await readClaim(claim);
    if (claimant !== undefined && goesOn(claimant)) return claimant;
    await rm(claim, { force: true });
  }
}

export async function releaseClaim(store: string, bundleId: string): Promise<void> {
  await rm(join(store, `${CLAIM}${bundleId}`), { force: true });
}

/** Removes the claims of those who have ended. */
export async function sweepClaims(store: string, goesOn: (claimant: Claimant) => boolean): Promise<void> {
  const names = await readdir(store).catch(() => []);
  for (const claim of names.filter(name => name.startsWith(CLAIM)).map(name => join(store, name))) {
    const claimant = await readClaim(claim);
    if (claimant === undefined || !goesOn(claimant)) await rm(claim, { force: true });
  }
}

/** undefined for what is gone, or was not written by us. */
async function readClaim(path: string): Promise<Claimant | undefined> {
  try {
    const { owner, id } = JSON.parse(await readFile(path, 'utf8')) as Partial<Claimant>;
    return typeof owner === 'string' && typeof id === 'string' ? { owner, id } : undefined;
  } catch {
    return undefined;
  }
}
