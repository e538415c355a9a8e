import { fail } from '../../errors.js';
import { readMounts } from '../../host/proc/index.js';
import { userOfLoginFolder } from '../../host/systemd/login-folders.js';
import type { TreePolicy } from '../../image-format/bundle/manifest.js';

/**
 * Makes sure that the folders of logins are mounted in which the trees have something. What is put in a plain folder in the place
 * of one is hidden by the user's next login. One that was no mount at the freeze, as without logind, is among the folders that
 * are made again. Sockets right in it are left to CRIU, which misses the folder by name. Throws `thaw-login-folder`.
 */
export function refuseMissingLogin(
  bundle: string,
  policies: readonly TreePolicy[],
  mounts: readonly { readonly mountpoint: string }[] = readMounts('self'),
): void {
  const remade = policies.flatMap(({ folders = [] }) => folders).map(({ path }) => path);
  const used = policies.flatMap(({ files = [], fifos = [] }) => [...files, ...fifos]).map(({ path }) => path);
  const needed = new Set(
    [...remade, ...used].flatMap(path => /^\/run\/user\/\d+(?=\/)/.exec(path)?.[0] ?? []),
  );
  for (const path of needed) {
    if (remade.includes(path) || mounts.some(({ mountpoint }) => mountpoint === path)) continue;
    throw fail('thaw-login-folder', { path, user: userOfLoginFolder(path) ?? 0, bundle });
  }
}
