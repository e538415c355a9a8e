import { fail } from '../../errors.js';
import { readMounts } from '../../host/proc/index.js';
import { userOfLoginFolder } from '../../host/systemd/login-folders.js';
import type { UnfoldedTree } from '../unfold.js';

/**
 * Makes sure that the folders of logins are mounted in which the trees have something. What is put in a plain folder in the place
 * of one is hidden by the user's next login. One that was no mount at the freeze, as without logind, is among the folders that
 * are made again. Throws `thaw-login-folder`.
 */
export function refuseMissingLogin(
  bundle: string,
  trees: readonly Pick<UnfoldedTree, 'policy' | 'socketPaths'>[],
  mounts: readonly { readonly mountpoint: string }[] = readMounts('self'),
): void {
  const remade = trees.flatMap(({ policy }) => policy.folders ?? []).map(({ path }) => path);
  const used = trees.flatMap(({ policy, socketPaths }) => [
    ...(policy.files ?? []).map(({ path }) => path),
    ...(policy.fifos ?? []).map(({ path }) => path),
    ...socketPaths,
  ]);
  const needed = new Set(
    [...remade, ...used].flatMap(path => /^\/run\/user\/\d+(?=\/)/.exec(path)?.[0] ?? []),
  );
  for (const path of needed) {
    if (remade.includes(path) || mounts.some(({ mountpoint }) => mountpoint === path)) continue;
    throw fail('thaw-login-folder', { path, user: userOfLoginFolder(path) ?? 0, bundle });
  }
}
